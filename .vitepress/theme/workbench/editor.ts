/** CodeMirror, as the page of a lesson uses it. Loaded when a reader opens the files, not before. */
import { javascript } from '@codemirror/lang-javascript'
import { python } from '@codemirror/lang-python'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { unifiedMergeView } from '@codemirror/merge'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { basicSetup } from 'codemirror'
import { faultMark, type MarkedFault, setFault } from './fault-mark.ts'

export interface EditorOptions {
  parent: HTMLElement
  /** Told of each change that the reader makes. */
  changed(text: string): void
  save(): void
}

export type Editor = ReturnType<typeof createEditor>

/** Colours are those of the site, in both themes. */
const look = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '0.8125rem',
    color: 'var(--vp-c-text-1)',
    backgroundColor: 'var(--vp-c-bg)',
  },
  '.cm-scroller': { fontFamily: 'var(--vp-font-family-mono)', lineHeight: '1.25rem' },
  '.cm-content': { caretColor: 'var(--vp-c-brand-1)' },
  '.cm-cursor': { borderLeftColor: 'var(--vp-c-brand-1)' },
  '&.cm-focused': { outline: '2px solid var(--vp-c-brand-1)', outlineOffset: '-2px' },
  '.cm-gutters': { color: 'var(--vp-c-text-2)', backgroundColor: 'var(--vp-c-bg)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--vp-c-default-soft)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--vp-c-brand-soft)',
  },
  '.cm-panels': { color: 'var(--vp-c-text-1)', backgroundColor: 'var(--vp-c-bg-alt)' },
})
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier], color: 'var(--vp-c-danger-1)' },
  { tag: [tags.string, tags.regexp], color: 'var(--vp-c-success-1)' },
  { tag: [tags.comment], color: 'var(--vp-c-text-2)', fontStyle: 'italic' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--vp-c-warning-1)' },
  {
    tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.typeName],
    color: 'var(--vp-c-brand-1)',
  },
])

export function createEditor({ parent, changed, save }: EditorOptions) {
  const difference = new Compartment()
  /** By path: what can be undone stays with its file. */
  const states = new Map<string, EditorState>()
  let path: string | undefined
  let isQuiet = false
  const view = new EditorView({ parent })

  function stateOf(file: string, text: string): EditorState {
    return EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: 'Mod-s', preventDefault: true, run: saved }]),
        basicSetup,
        look,
        syntaxHighlighting(colours),
        EditorView.lineWrapping,
        languageOf(file),
        difference.of([]),
        faultMark,
        EditorView.contentAttributes.of({ 'aria-label': `Text of ${file}` }),
        EditorView.updateListener.of(update => {
          if (update.docChanged && !isQuiet) changed(update.state.doc.toString())
        }),
      ],
    })
  }

  function saved(): boolean {
    save()
    return true
  }

  function write(text: string): void {
    const { doc } = view.state
    if (doc.toString() !== text) view.dispatch({ changes: { from: 0, to: doc.length, insert: text } })
  }

  return {
    /** Shows a file as it is now; what the reader has undone of it before can be done again. */
    show(file: string, text: string): void {
      if (path !== undefined) states.set(path, view.state)
      path = file
      view.setState(states.get(file) ?? stateOf(file, text))
      isQuiet = true
      write(text)
      isQuiet = false
    },
    /** As if the reader had written it: it can be undone. */
    write,
    /** Beside another text, with what differs; undefined: alone. */
    compare(other: string | undefined): void {
      const shown = other === undefined ? [] : unifiedMergeView({ original: other, mergeControls: false })
      view.dispatch({ effects: difference.reconfigure(shown) })
    },
    /** Marks where it has failed, and brings that into sight; undefined: nowhere. */
    mark(fault: MarkedFault | undefined): void {
      const { doc } = view.state
      const at = fault && fault.line <= doc.lines ? doc.line(fault.line).from : undefined
      const shown = at === undefined ? [] : [EditorView.scrollIntoView(at, { y: 'center' })]
      view.dispatch({ effects: [setFault.of(fault), ...shown] })
    },
    forget: (file: string) => void states.delete(file),
    focus: () => view.focus(),
    close: () => view.destroy(),
  }
}

function languageOf(file: string): Extension {
  if (file.endsWith('.py')) return python()
  return /\.[cm]?[jt]s$/.test(file) ? javascript({ typescript: true }) : []
}
