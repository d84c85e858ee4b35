import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { takeKey } from './client/key.ts'
import LessonLayout from './LessonLayout.vue'
import Check from './lesson/Check.vue'
import Explanation from './lesson/Explanation.vue'
import MachineFigure from './lesson/MachineFigure.vue'
import Predict from './lesson/Predict.vue'
import PredictChoice from './lesson/PredictChoice.vue'
import Term from './lesson/Term.vue'
import Transcript from './lesson/Transcript.vue'
import './style.css'
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
      .component('Predict', Predict)
      .component('Explanation', Explanation)
      .component('PredictChoice', PredictChoice)
      .component('Term', Term)
      .component('Machine', MachineFigure)
  },
} satisfies Theme
