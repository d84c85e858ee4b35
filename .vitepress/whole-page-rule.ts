import type { Plugin } from 'vite'

/** In the default theme's vars.css, for `gradedContainers`, which this site has not. */
const RULE = /:root:where\(:has\(\.vp-graded-containers\)\) \{[^}]*\}/

/**
 * Leaves out a rule of the default theme that looks for one element in the whole page, whenever any element comes
 * or goes: with live terminals that is nearly three quarters of all that the browser does to match selectors.
 *
 * @throws if there is no such rule any more: then this can go
 */
export function withoutWholePageRule(): Plugin {
  return {
    name: 'playground:without-whole-page-rule',
    enforce: 'pre',
    transform(code, id) {
      if (!/theme-default\/styles\/vars\.css(?:$|\?)/.test(id)) return
      if (!RULE.test(code))
        throw new Error(`${id} has no rule :root:where(:has(.vp-graded-containers)) any more`)
      return { code: code.replace(RULE, ''), map: null }
    },
  }
}
