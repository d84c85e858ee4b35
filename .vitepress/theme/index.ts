import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { defineAsyncComponent } from 'vue'
import { takeKey } from './connection/key.ts'
import LessonLayout from './LessonLayout.vue'
import Challenge from './lesson/Challenge.vue'
import ChallengePart from './lesson/ChallengePart.vue'
import Check from './lesson/Check.vue'
import Explanation from './lesson/Explanation.vue'
import MachineFigure from './lesson/MachineFigure.vue'
import Outcome from './lesson/Outcome.vue'
import Predict from './lesson/Predict.vue'
import PredictChoice from './lesson/PredictChoice.vue'
import Term from './lesson/Term.vue'
import Transcript from './lesson/Transcript.vue'
import './fonts.css'
import './colours.css'
import './style.css'
import './home.css'
import './words.css'
import './print.css'

// Here and not in enhanceApp: the router must never see the key.
if (!import.meta.env.SSR) takeKey()

export default {
  extends: DefaultTheme,
  Layout: LessonLayout,
  enhanceApp({ app }) {
    app
      .component('Transcript', Transcript)
      .component('Check', Check)
      .component('Challenge', Challenge)
      .component('ChallengePart', ChallengePart)
      .component('Predict', Predict)
      .component('Explanation', Explanation)
      .component('Outcome', Outcome)
      .component('PredictChoice', PredictChoice)
      .component('Term', Term)
      .component('Machine', MachineFigure)
      // Only their own pages load them.
      .component(
        'Coach',
        defineAsyncComponent(() => import('./lesson/Coach.vue')),
      )
      .component(
        'Playground',
        defineAsyncComponent(() => import('./scene/Playground.vue')),
      )
  },
} satisfies Theme
