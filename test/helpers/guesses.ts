// Log-ins that are sent all at once.

import { basic, type Login } from './master.ts'

/** Sends so many log-ins over real connections, each to the next of the addresses; returns how often each status came. */
export async function countStatuses(
  urls: string | readonly string[],
  loginOf: (time: number) => Login,
  times = 200,
): Promise<Record<number, number>> {
  const all = [urls].flat()
  const answers = await Promise.all(
    Array.from({ length: times }, async (_, time) => {
      const headers = { authorization: basic(loginOf(time)) }
      const response = await fetch(`${all[time % all.length]}/list_projects/`, { headers })
      await response.body?.cancel()
      return response.status
    }),
  )
  const counted: Record<number, number> = {}
  for (const status of answers) counted[status] = (counted[status] ?? 0) + 1
  return counted
}
