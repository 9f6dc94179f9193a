// What work costs in processor time, which is the same whatever else the machine does.

/** The milliseconds of processor that this process spent on `work`. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
