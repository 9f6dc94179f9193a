// What a benchmark measures by.

/** Milliseconds since some moment. */
export type Clock = () => number

export const wallClock: Clock = () => performance.now()

/** The processor time of this process, for what runs in it: it does not depend on what else the machine does. */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
