// The exit codes of the command line.

export const EXIT = { success: 0, refused: 1, usage: 2, runFailed: 3, unreachable: 4 } as const

/** As the manual page explains them. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  success: 'success',
  refused: 'refused by the master',
  usage: 'usage error',
  runFailed: 'the run failed',
  unreachable: 'the master cannot be reached',
}

/** As shells count a command that ended by a signal: 128 and the signal's number. */
export const EXIT_ON_SIGINT = 130
