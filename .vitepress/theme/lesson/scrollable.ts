import type { Directive } from 'vue'

const observers = new WeakMap<HTMLElement, ResizeObserver>()

/** What scrolls sideways can be reached with the keyboard, and only then stands in the tab order. */
export const vScrollable: Directive<HTMLElement> = {
  mounted(element) {
    const update = () => {
      const scrolls = element.scrollWidth > element.clientWidth
      element.toggleAttribute('data-scrolls', scrolls)
      if (!scrolls) return void ['tabindex', 'role'].map(name => element.removeAttribute(name))
      element.tabIndex = 0
      element.setAttribute('role', 'group')
    }
    const observer = new ResizeObserver(update)
    observer.observe(element)
    observers.set(element, observer)
  },
  unmounted: element => observers.get(element)?.disconnect(),
  getSSRProps: () => ({}),
}
