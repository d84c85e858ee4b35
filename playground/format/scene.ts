/** Scenes of the playground: what each of them shows, and what a link may say of it. Names and numbers, never a command. */

export const MODELS = {
  one: 'one process',
  shared: 'one listener for all',
  mistake: 'the usual mistake',
  own: 'a listener each',
  cluster: "Node's cluster",
  supervised: 'a listener each, supervised',
} as const
export type Model = keyof typeof MODELS

/** What a number may be, from and to; the first value where nobody says otherwise. */
export const RANGES = {
  workers: { low: 1, high: 16, usual: 4 },
  /** Requests a second. */
  rate: { low: 0, high: 500, usual: 150 },
  /** Connections open at a time. */
  connections: { low: 1, high: 256, usual: 256 },
  /** 1: connections are used again. */
  'keep-alive': { low: 0, high: 1, usual: 0 },
  /** Milliseconds that a worker computes for a request. */
  work: { low: 0, high: 50, usual: 1 },
  /** Milliseconds that it waits for something else meanwhile. */
  wait: { low: 0, high: 1000, usual: 0 },
} as const
export type NumberName = keyof typeof RANGES
/** What can be changed while the load runs. */
export const LOAD = ['rate', 'connections', 'keep-alive', 'work', 'wait'] as const
export type LoadName = (typeof LOAD)[number]

export interface Scene {
  title: string
  /** Two sentences: what is here, and what happens. */
  about: string
  /** What do you expect? */
  question: string
  /** What is to be seen, said once it has been. */
  answer: string
  /** What to do then, with one's own hands. */
  task: string
  /** Models that it can be played with, the usual one first. */
  models: readonly [Model, ...Model[]]
  /** Other than `RANGES` has it. */
  usual?: Partial<Record<NumberName, number>>
}

export const SCENES = {
  one: {
    title: 'One process',
    about: 'One process listens on the port, and answers everybody. The load is more than it can compute.',
    question:
      'An answer takes it 8 ms, so it manages 125 in a second, and 150 requests come. Where do the others wait?',
    answer:
      'In its accept queue, which the kernel keeps for it. The kernel has made the connections already; the process takes one when it has time.',
    task: 'Give it help: press “+ worker”, and read in the terminal “tools” what becomes of that.',
    models: ['one'],
    // So few that the last one has its answer before its client gives up.
    usual: { workers: 1, work: 8, connections: 128 },
  },
  taken: {
    title: 'A port that is taken',
    about: 'A server listens. Then the same server is started once more, as one does to use a second core.',
    question: 'Does the second one get half of the connections?',
    answer:
      'It gets an error, EADDRINUSE: the port belongs to whoever came first. All scenes after this one are ways around that.',
    task: 'Press the square on the worker, which ends it, and then “+ worker”: the port is free again.',
    models: ['one'],
    usual: { workers: 1 },
  },
  shared: {
    title: 'Shared',
    about:
      'A parent opens one socket that listens, a listener, and hands it to all its workers. Whoever is free takes the next connection.',
    question: 'Four workers: how many queues?',
    answer: 'One. All workers take from it, so nobody waits behind a worker that is busy.',
    task: 'Press the two bars on a worker, which stop it, then on two more. Does anybody wait? Then stop the last one.',
    models: ['shared'],
  },
  own: {
    title: 'A listener each',
    about:
      'Each worker listens with a socket of its own; the option SO_REUSEPORT lets them share the port. The kernel chooses among them for each connection.',
    question: 'Does each get the same share?',
    answer:
      'Nearly, over many connections. That is what the option does: many processes on one port, each with a queue of its own, and for each new connection the kernel picks one. It picks as a die does, by the addresses and ports of the connection, and does not look at who is free.',
    task: 'Press “+ worker”: a fifth one joins, nobody had to be asked, and the die has five sides. Then press the cross on one, which kills it.',
    models: ['own', 'supervised'],
  },
  mistake: {
    title: 'The usual mistake',
    about:
      'The parent sets the option SO_REUSEPORT, listens, and hands its listener to the workers. The option is there, and so are four processes.',
    question: 'Does each worker have a queue of its own?',
    answer:
      'There is one queue, as if the option were not set. It acts when several sockets are bound; here it is one socket in four hands.',
    task: 'Go back to “A listener each”, and compare the pictures: there each of the four makes a socket of its own.',
    models: ['mistake'],
  },
  cluster: {
    title: "Node's cluster",
    about:
      'With Node’s own module for several processes the parent accepts every connection, and passes it to the next worker. No worker has a listener.',
    question: 'Who appears beside the queue: the parent, or the workers?',
    answer: 'The parent alone. The workers hold connections that they have been handed.',
    task: 'Press the two bars on the parent, which stop it: four workers have time, and nobody hands them anything.',
    models: ['cluster'],
  },
  stalled: {
    title: 'One stalled',
    about: 'Four workers under load. One of them stops in the middle of it, as if its disk had gone away.',
    question: 'Its listener stays. Who answers the connections that the kernel gives to it?',
    answer:
      'Nobody, until it goes on: with a listener each, a quarter of all clients wait in its queue while three workers have time. With one listener for all, nobody notices.',
    task: 'Press “Side by side”: beside it, the same happens behind one listener for all. Compare what is lost: the times are of the answers that came.',
    models: ['own', 'shared', 'cluster', 'supervised'],
  },
  killed: {
    title: 'Killed, its queue full',
    about: 'A worker stalls, its queue fills, and then it is killed. Connections were waiting in that queue.',
    question: 'What becomes of them?',
    answer: 'They are reset, that is, broken off: the counter above the picture has jumped.',
    task: 'Switch “Move the queue of a worker that ends” on, stop another worker, let its queue fill, and kill it: the others get what waited.',
    models: ['own', 'supervised'],
  },
  restart: {
    title: 'A rolling restart',
    about:
      'The parent replaces its workers one by one under load, as one does for a new version. A new one listens before an old one leaves.',
    question: 'How many requests are lost?',
    answer:
      'Those that waited in the queue of a worker that left; they are reset. What a worker has accepted, it answers before it goes.',
    task: 'Switch “Move the queue of a worker that ends” on, and press “Restart all”: now none is lost.',
    models: ['supervised'],
    // Enough that there is a queue.
    usual: { work: 20 },
  },
  addresses: {
    title: 'Two addresses',
    about:
      'Two workers listen on 127.0.0.1, two more on 0.0.0.0, which means every address. The port and the option are the same.',
    question: 'The load goes to 127.0.0.1. How much of it do the two on 0.0.0.0 get?',
    answer:
      'Nothing. The kernel first takes the address that fits best, and then chooses among those who listen on that one.',
    task: 'Kill both workers of 127.0.0.1, and see who gets the load now.',
    models: ['own'],
    usual: { workers: 2 },
  },
  forgotten: {
    title: 'The forgotten server',
    about:
      'Somebody left a server running yesterday. Today four workers are started on the same port, and no error appears.',
    question: 'Who answers now?',
    answer:
      'All five: a fifth of the requests is answered by yesterday’s code. Without the option the start would have failed, and said so.',
    task: 'Find it: it was there first, so it has the lowest number. End it, and its fifth goes to the others.',
    models: ['own'],
  },
  steered: {
    title: 'Steered by source port',
    about:
      'A small program is attached to the listeners, and the kernel asks it where a connection is to go. It divides the port that the client comes from by the number of workers: the remainder says which one.',
    question: 'The client’s kernel chooses the ports. Is that even?',
    answer:
      'Two workers get everything: Linux prefers even ports for the connections that it opens. A rule is only as even as what it looks at.',
    task: 'Switch “Choose the worker by source port” off: the kernel throws its die again.',
    models: ['own'],
  },
} as const satisfies Record<string, Scene>
export type SceneName = keyof typeof SCENES

/** A scene with its numbers. */
export interface Play extends Record<NumberName, number> {
  scene: SceneName
  model: Model
}

/** The scene as it is without a word of a link. */
export function usualPlay(scene: SceneName): Play {
  const { models, usual }: Scene = SCENES[scene]
  const numbers = Object.entries(RANGES).map(([name, range]) => [
    name,
    usual?.[name as NumberName] ?? range.usual,
  ])
  return { scene, model: models[0], ...(Object.fromEntries(numbers) as Record<NumberName, number>) }
}

/**
 * What a link asks for: `?scene=stalled&model=own&workers=4&rate=200&keep-alive=0`. What cannot be becomes the
 * nearest that can, with a sentence for the reader.
 *
 * @returns undefined without a scene
 */
export function parsePlay(query: URLSearchParams): { play: Play; notes: string[] } | undefined {
  const asked = query.get('scene')
  if (asked === null) return undefined
  const notes: string[] = []
  const scene = isScene(asked) ? asked : 'own'
  if (scene !== asked) notes.push(`There is no scene ${quote(asked)}; this is ${quote(SCENES[scene].title)}.`)
  const play = usualPlay(scene)
  const model = query.get('model')
  const { models }: Scene = SCENES[scene]
  if (model !== null) {
    const found = models.find(name => name === model)
    if (found) play.model = found
    else notes.push(`This scene is not played with the model ${quote(model)}; it is ${MODELS[play.model]}.`)
  }
  for (const [name, { low, high }] of Object.entries(RANGES) as [
    NumberName,
    { low: number; high: number },
  ][]) {
    const text = query.get(name)
    if (text === null) continue
    const number = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isNaN(number))
      notes.push(`${name} takes a whole number, not ${quote(text)}; it is ${play[name]}.`)
    else {
      play[name] = Math.min(Math.max(number, low), high)
      if (play[name] !== number) notes.push(`${name} goes from ${low} to ${high}; it is ${play[name]}.`)
    }
  }
  return { play, notes }
}

/** The link to a scene, without what is usual of it. */
export function linkTo(play: Play): string {
  const usual = usualPlay(play.scene)
  const words = Object.entries(play).filter(
    ([name, value]) => name === 'scene' || value !== usual[name as keyof Play],
  )
  return `?${new URLSearchParams(words.map(([name, value]) => [name, `${value}`]))}`
}

export function isScene(text: string): text is SceneName {
  return Object.hasOwn(SCENES, text)
}

function quote(text: string): string {
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`
}
