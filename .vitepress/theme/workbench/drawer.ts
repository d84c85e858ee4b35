import { onBeforeUnmount, ref, watch } from 'vue'

export type DrawerHeight = 'closed' | 'half' | 'full'

/** Parts of the window's height between which a drawer that is let go of takes the next height. */
const SNAP = { closed: 0.25, half: 0.72 }

/**
 * The workbench of a narrow window: a drawer at its bottom. style.css gives it its height by
 * `<html data-drawer>`, and the page the room to be read above it; a drag sets it by hand.
 */
export function createDrawer() {
  const height = ref<DrawerHeight>('closed')
  const dragging = ref(false)

  watch(height, value => {
    document.documentElement.dataset.drawer = value
  })
  onBeforeUnmount(() => {
    delete document.documentElement.dataset.drawer
    setDragged(undefined)
  })

  return {
    height,
    dragging,
    start(event: PointerEvent): void {
      if (event.button !== 0) return
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      dragging.value = true
    },
    drag(event: PointerEvent): void {
      if (dragging.value) setDragged(window.innerHeight - event.clientY)
    },
    end(event: PointerEvent): void {
      if (!dragging.value) return
      dragging.value = false
      setDragged(undefined)
      const part = 1 - event.clientY / window.innerHeight
      height.value = part < SNAP.closed ? 'closed' : part < SNAP.half ? 'half' : 'full'
    },
  }
}

function setDragged(pixels: number | undefined): void {
  const { style } = document.documentElement
  if (pixels === undefined) style.removeProperty('--drawer-dragged')
  else style.setProperty('--drawer-dragged', `${Math.round(pixels)}px`)
}
