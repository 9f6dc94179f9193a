// The exit codes of the command line.

/**
 * `refused`: the master refused the request. `usage`: the command line is wrong. `runFailed`: the run ended without
 * success. `unreachable`: no master answered.
 */
export const EXIT = { success: 0, refused: 1, usage: 2, runFailed: 3, unreachable: 4 } as const
