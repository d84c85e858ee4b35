/** What every measurement is given and gives. */
import type { Contestant, Hall } from './contestants.ts'

/** How much of everything: few for a smoke test, enough for numbers that hold. */
export interface Scale {
  rounds: number
  echoes: number
  /** Times `COLOUR_FILE` is printed; it has 4 MiB. */
  copies: number
  floodSeconds: number
  stallSeconds: number
  panes: number
  firstPrompts: number
  seats: number
  seatSeconds: number
}

/** One line of the table. */
export interface Row {
  measure: string
  unit: string
  /** A value for each round, rounds in the same order for all; a contestant that cannot is left out. */
  rounds: Rounds
  /** What the issue asks for, as words. */
  target?: string
  /** Words in place of numbers. */
  words?: Record<string, string>
}

export type Measurement = (hall: Hall, scale: Scale) => Promise<Row[]>

/** By contestant. */
export type Rounds = Record<string, number[]>

/** Starts all, hands them over, ends them whatever happens. */
export async function withAll<T>(
  hall: Hall,
  use: (contestants: Contestant[]) => Promise<T>,
  seats?: number,
): Promise<T> {
  const contestants: Contestant[] = []
  try {
    for (const name of hall.names) contestants.push(await hall.start(name, seats))
    return await use(contestants)
  } finally {
    await Promise.all(contestants.map(contestant => contestant.end()))
  }
}

export function emptyRounds(hall: Hall): Rounds {
  return Object.fromEntries(hall.names.map(name => [name, []]))
}

/** Another order in each round: none is always first. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}
