// What a check found, and how it is shown.

/** `fault`: users or syncs suffer. `warning`: they will. `advice` is what to do; null when nothing is. */
export interface Finding {
  level: 'ok' | 'warning' | 'fault'
  about: string
  what: string
  advice: string | null
}

export const ok = (about: string, what: string): Finding => ({ level: 'ok', about, what, advice: null })
export const warning = (about: string, what: string, advice: string): Finding => ({
  level: 'warning',
  about,
  what,
  advice,
})
export const fault = (about: string, what: string, advice: string): Finding => ({ level: 'fault', about, what, advice })

const RANK = { fault: 0, warning: 1, ok: 2 } as const

/** The worst first, each with what to do below it. Pure. */
export function showFindings(findings: readonly Finding[]): string {
  const lines = findings
    .toSorted((one, other) => RANK[one.level] - RANK[other.level])
    .flatMap(({ level, about, what, advice }) => [
      `${level.padEnd(8)}${about}: ${what}`,
      ...(advice === null ? [] : [`${' '.repeat(8)}${advice}`]),
    ])
  const count = (level: Finding['level'], word: string) => {
    const found = findings.filter((one) => one.level === level).length
    return `${found} ${word}${found === 1 ? '' : 's'}`
  }
  const counts = [count('fault', 'fault'), count('warning', 'warning'), count('ok', 'check')]
  return `${lines.join('\n')}\n\n${counts.join(', ')} passed.`
}
