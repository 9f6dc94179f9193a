// Windows of bandwidth as people write them: `08:00-18:00=10m, 22:00-02:00=50m`. Pure.

import type { BandwidthWindow } from './schemas/bandwidth.ts'

/** What is not understood comes back as it is, so that the API says what is wrong with it. */
export function readBandwidth(text: string): BandwidthWindow[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => {
      const [, from = one, to = '', limit = ''] = /^([^-=]*)-([^-=]*)=(.*)$/.exec(one) ?? []
      return { from: from.trim(), to: to.trim(), limit: limit.trim() }
    })
}

/** As `readBandwidth` reads it; empty for none. */
export function showBandwidth(windows: readonly BandwidthWindow[] | null | undefined): string {
  return (windows ?? []).map(({ from, to, limit }) => `${from}-${to}=${limit}`).join(', ')
}
