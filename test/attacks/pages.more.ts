/** Pages as large as they may be. */
import './pages.test.ts'
