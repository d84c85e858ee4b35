import { SCENES, type SceneName } from '../../playground/format/scene.ts'
import { testScenes } from './scene-tests.ts'

// In these two the command of `add` runs, and its echo is not seen in `tools`: after the job before it has ended.
const WITHOUT_ECHO: readonly string[] = ['addresses', 'forgotten']

testScenes((Object.keys(SCENES) as SceneName[]).filter(name => !WITHOUT_ECHO.includes(name)))
