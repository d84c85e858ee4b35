import { SCENES, type SceneName } from '../../playground/format/scene.ts'
import { testScenes } from './scene-tests.ts'

testScenes(Object.keys(SCENES) as SceneName[])
