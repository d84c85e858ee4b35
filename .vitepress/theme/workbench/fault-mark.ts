/** A line of the editor on which a script has failed, with what went wrong below it. */
import { type EditorState, type Extension, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'

export interface MarkedFault {
  /** 1-based. */
  line: number
  message: string
}

/** Marks it, and no other; undefined: none. */
export const setFault = StateEffect.define<MarkedFault | undefined>()

class Message extends WidgetType {
  readonly text: string

  constructor(text: string) {
    super()
    this.text = text
  }

  override eq(other: Message): boolean {
    return other.text === this.text
  }

  override toDOM(): HTMLElement {
    const element = document.createElement('div')
    element.className = 'cm-fault-message'
    element.dataset.fault = ''
    element.textContent = this.text
    return element
  }
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { effects, state, changes }) {
    for (const effect of effects) if (effect.is(setFault)) return marksOf(effect.value, state)
    return marks.map(changes)
  },
  provide: marks => EditorView.decorations.from(marks),
})

export const faultMark: Extension = [
  field,
  EditorView.theme({
    '.cm-fault': { backgroundColor: 'var(--vp-c-danger-soft)' },
    '.cm-fault-message': {
      padding: '0 0.5rem 0 1rem',
      borderLeft: '3px solid var(--vp-c-danger-1)',
      color: 'var(--vp-c-danger-1)',
      backgroundColor: 'var(--vp-c-danger-soft)',
      whiteSpace: 'pre-wrap',
    },
  }),
]

function marksOf(fault: MarkedFault | undefined, state: EditorState): DecorationSet {
  if (!fault || fault.line < 1 || fault.line > state.doc.lines) return Decoration.none
  const { from, to } = state.doc.line(fault.line)
  return Decoration.set([
    Decoration.line({ class: 'cm-fault' }).range(from),
    Decoration.widget({ widget: new Message(fault.message), block: true, side: 1 }).range(to),
  ])
}
