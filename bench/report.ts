// The results of a benchmark: printed at once, saved as JSON, and written to docs/benchmarks.md.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Spread, spreadOf } from './statistics.ts'

/** What a figure should be at most, or at least. */
export type Goal = { most: number } | { least: number }

export interface Figure extends Spread {
  what: string
  unit: string
  rounds: number
  goal: Goal | null
}

export interface Result {
  name: string
  question: string
  date: string
  machine: string
  figures: Figure[]
  notes: string[]
}

const FOLDER = 'bench/results'
const PAGE = 'docs/benchmarks.md'

export class Report {
  readonly result: Result
  readonly #write: (text: string) => void

  constructor(
    name: string,
    question: string,
    write: (text: string) => void = (text) => void process.stdout.write(text),
  ) {
    this.#write = write
    const date = new Date().toISOString().slice(0, 10)
    this.result = { name, question, date, machine: describeMachine(), figures: [], notes: [] }
  }

  /** Adds a figure: of several values, the median, the least and the greatest. Returns the median. */
  figure(what: string, unit: string, values: number | readonly number[], goal: Goal | null = null): number {
    const all = typeof values === 'number' ? [values] : values
    const figure = { what, unit, ...spreadOf(all), rounds: all.length, goal }
    this.result.figures.push(figure)
    this.#write(
      `  ${what}: ${showValue(figure)}${goal === null ? '' : `; goal ${showGoal(goal)}: ${verdict(figure)}`}\n`,
    )
    return figure.median
  }

  /** Adds a note on what was measured, and how. */
  note(line: string): void {
    this.result.notes.push(line)
    this.#write(`  ${line}\n`)
  }

  save(): void {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(path.join(FOLDER, `${this.result.name}.json`), `${JSON.stringify(this.result, null, 2)}\n`)
  }
}

/** The ratios of the values of two lists, round by round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, index) => value / (theirs[index] ?? Number.NaN))
}

/** Writes the page from all saved results, in the order of `names`. */
export function writePage(names: readonly string[]): void {
  const kept = readdirSync(FOLDER).map((name) => JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Result)
  const results = names.flatMap((name) => kept.filter((one) => one.name === name))
  const parts = results.map((result) => {
    const rows = result.figures.map(
      (figure) =>
        `| ${figure.what} | ${showValue(figure)} | ${figure.goal === null ? '' : showGoal(figure.goal)} | ${figure.goal === null ? '' : verdict(figure)} |`,
    )
    const notes = result.notes.map((note) => `- ${note}`)
    return [
      `## ${result.question}`,
      `\`npm run bench -- ${result.name}\`, ${result.date}`,
      ['| what | median (least to greatest) | goal | |', '| --- | --- | --- | --- |', ...rows].join('\n'),
      notes.join('\n'),
    ]
      .filter((part) => part !== '')
      .join('\n\n')
  })
  const machines = [...new Set(results.map(({ machine }) => machine))]
  const head = [
    '# Benchmarks',
    'Written by `npm run bench`. Each file in bench/ answers one question; bench/results/ has the results as JSON. Values in a ratio were measured alternately.',
    machines.map((machine) => `- ${machine}`).join('\n'),
  ]
  writeFileSync(PAGE, `${[...head, ...parts].join('\n\n')}\n`)
  execFileSync('npx', ['biome', 'check', '--write', PAGE, FOLDER], { stdio: 'ignore' })
}

function showValue({ median, least, greatest, rounds, unit }: Figure): string {
  const digits = median >= 100 ? 0 : median >= 10 ? 1 : median >= 0.1 ? 2 : 3
  const show = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
  const spread = rounds === 1 ? '' : ` (${show(least)} to ${show(greatest)})`
  return `${show(median)}${spread}${unit === '' ? '' : ` ${unit}`}`
}

function showGoal(goal: Goal): string {
  return 'most' in goal ? `at most ${goal.most}` : `at least ${goal.least}`
}

function verdict({ median, goal }: Figure): string {
  if (goal === null) return ''
  return ('most' in goal ? median <= goal.most : median >= goal.least) ? 'met' : 'missed'
}

function describeMachine(): string {
  const ask = (command: string, ...args: string[]) => {
    try {
      return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]?.trim() ?? ''
    } catch {
      return ''
    }
  }
  const rsync = /version (\S+)/.exec(ask('rsync', '--version'))?.[1] ?? 'none'
  const postgres = /(\d+\.\d+)/.exec(ask('psql', '--version'))?.[1] ?? 'none'
  const memory = Math.round(os.totalmem() / 1024 ** 3)
  return `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'processor'}, ${memory} GiB, Linux ${os.release()}, Node.js ${process.versions.node}, rsync ${rsync}, PostgreSQL ${postgres}`
}
