/** What is done in the browser to a lesson's page before it is printed. Each function is sent there by itself. */

/** A question of the page, in plain text. */
export interface PaperQuestion {
  id: string
  text: string
  right: string
  /** Of the choices for which the author has written one. */
  whys: { choice: string; why: string }[]
}

/**
 * Has everything shown, and runs everything. What only an answer shows is marked before: `data-answer`.
 *
 * @returns the command that is not as expected; undefined: there is none
 */
export async function runPage(): Promise<string | undefined> {
  // Scripts that are folded away are in the workspace; they would be most of the paper.
  for (const details of all('details'))
    if (!details.querySelector('[class*="language-"]')) details.setAttribute('open', '')
  for (const part of all('.withheld')) part.dataset.answer = ''
  for (const button of all('[data-reveal]')) button.click()
  await until(() => document.querySelector('[data-shell="idle"]') !== null)
  for (const challenge of all('[data-challenge]')) await openChallenge(challenge)
  const steps = all('[data-transcript]').filter(step => !step.closest('[data-challenge]'))
  const isOver = (step: HTMLElement) => !['idle', 'running'].includes(step.dataset.state!)
  const wrong = () => steps.find(({ dataset }) => dataset.state === 'failed') ?? all('[data-refused]')[0]
  const buttons = steps.flatMap(step => [...step.querySelectorAll<HTMLElement>('[data-to-here], [data-run]')])
  const last = buttons.findLast(button => button.checkVisibility())
  // The one before is what brings the page to here, where there is something above.
  const toHere = last?.parentElement?.querySelector<HTMLElement>('[data-to-here]') ?? last
  toHere?.click()
  await until(() => wrong() !== undefined || steps.every(isOver))
  const failed = wrong()?.closest('[data-transcript]')
  const command = failed?.querySelector('[data-failed] .input, [data-command]:has([data-refused]) .input')
  return failed ? (command?.textContent.replace(/^\s*\$/, '').trim() ?? 'what a program prints') : undefined

  function all(selector: string): HTMLElement[] {
    const found = document.querySelectorAll<HTMLElement>(`.vp-doc :is(${selector})`)
    return [...found].filter(element => element.checkVisibility())
  }

  async function openChallenge(challenge: HTMLElement): Promise<void> {
    for (;;) {
      const button = challenge.querySelector<HTMLElement>('[data-hint], [data-solution]')
      if (!button) return
      button.click()
      await new Promise(requestAnimationFrame)
    }
  }

  /** What is waited for is never so without a change of the document. */
  function until(isSo: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const observer = new MutationObserver(look)
      observer.observe(document.body, { subtree: true, childList: true, attributes: true })
      look()

      function look() {
        if (!isSo()) return
        observer.disconnect()
        resolve()
      }
    })
  }
}

/** Puts what is marked to the end, with the answers to the questions that it stood behind. */
export function arrange(questions: PaperQuestion[]): void {
  // From here on it is paper: what the page still hears of must not change it.
  const page = document.querySelector('.vp-doc')!
  const paper = page.cloneNode(true) as HTMLElement
  const isShown = new Map([...paper.querySelectorAll('*')].map((element, index) => [element, index]))
  const shown = [...page.querySelectorAll('*')].map(element => element.checkVisibility())
  const all = (selector: string) =>
    [...paper.querySelectorAll<HTMLElement>(selector)].filter(element => shown[isShown.get(element)!])
  const answers = make('section', '', make('h2', 'Answers'))
  answers.style.breakBefore = 'page'
  let number = 0
  for (const part of all('[data-predict], [data-answer], [data-part="solution"]')) {
    if (part.dataset.predict !== undefined) ask(part)
    else if (part.dataset.part) solve(part)
    else takeAway(part)
  }
  for (const outcome of paper.querySelectorAll('.Outcome')) outcome.remove()
  for (const explanation of answers.querySelectorAll('.Explanation')) explanation.classList.remove('withheld')
  if (answers.childElementCount > 1) paper.firstElementChild!.append(answers)
  page.replaceWith(paper)

  function ask(part: HTMLElement): void {
    number++
    const question = questions.find(({ id }) => part.id === `predict-${id}`)!
    part.querySelector('legend')!.textContent = `Question ${number}: predict`
    for (const extra of part.querySelectorAll('.tags, .hint')) extra.remove()
    for (const choice of part.querySelectorAll('.run')) choice.classList.remove('run')
    answers.append(make('h3', `${number}. ${question.text}`), make('p', `The kernel: ${question.right}`))
    const whys = question.whys.map(({ choice, why }) => make('li', `${choice} — ${why}`))
    if (whys.length > 0) answers.append(make('ul', '', ...whys))
  }

  function solve(part: HTMLElement): void {
    const { challenge } = part.closest<HTMLElement>('[data-challenge]')!.dataset
    const title = `The challenge “${challenge!.replaceAll('-', ' ')}”`
    if (![...answers.children].some(({ textContent }) => textContent === title))
      answers.append(make('h3', title))
    answers.append(part)
  }

  /** A transcript keeps its commands on the page, and is whole below its answer. */
  function takeAway(part: HTMLElement): void {
    const figure = part.closest<HTMLElement>('[data-transcript]')
    if (!figure) {
      answers.append(part)
      return
    }
    if (!answers.querySelector(`[data-transcript="${figure.dataset.transcript}"]`))
      answers.append(figure.cloneNode(true))
    part.replaceWith(make('div', `→ answer ${number}`))
  }

  /** Backticks mark code. */
  function make(tag: string, text: string, ...inner: HTMLElement[]): HTMLElement {
    const element = document.createElement(tag)
    for (const [index, piece] of text.split('`').entries()) {
      const code = document.createElement('code')
      code.textContent = piece
      element.append(index % 2 === 1 ? code : piece)
    }
    element.append(...inner)
    return element
  }
}
