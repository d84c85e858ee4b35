/** A sum as a page writes it: its value, and the numbers that it is made of. */
export interface Sum {
  value: number
  operands: number[]
}

/**
 * Reads `4 × 50` or `(400 - 96) / 4`: numbers, brackets, `+`, `-` or `−`, `*` or `×`, `/` or `÷`.
 *
 * @returns undefined where the text is none of this, or has no value
 */
export function parseSum(text: string): Sum | undefined {
  const tokens = text
    .replaceAll('−', '-')
    .replaceAll('×', '*')
    .replaceAll('÷', '/')
    .match(/\d+(?:\.\d+)?|\S/g)
  if (!tokens) return undefined
  const operands: number[] = []
  let at = 0
  const value = readTerms()
  return at === tokens.length && Number.isFinite(value) ? { value, operands } : undefined

  function readTerms(): number {
    let value = readFactors()
    while (tokens![at] === '+' || tokens![at] === '-') {
      value += tokens![at++] === '+' ? readFactors() : -readFactors()
    }
    return value
  }

  function readFactors(): number {
    let value = readOperand()
    while (tokens![at] === '*' || tokens![at] === '/') {
      value = tokens![at++] === '*' ? value * readOperand() : value / readOperand()
    }
    return value
  }

  /** NaN, which makes the whole no sum, where there is none. */
  function readOperand(): number {
    const token = tokens![at++] ?? ''
    if (token === '(') {
      const value = readTerms()
      return tokens![at++] === ')' ? value : Number.NaN
    }
    if (!/^\d/.test(token)) return Number.NaN
    operands.push(Number(token))
    return Number(token)
  }
}
