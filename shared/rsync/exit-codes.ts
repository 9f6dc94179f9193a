// What each of rsync's exit codes means for a mirror (rsync(1), EXIT VALUES).

import type { Outcome } from '../trees/source.ts'

interface Meaning {
  outcome: Outcome
  says: string
}

const MEANINGS: Readonly<Record<number, Meaning>> = {
  0: { outcome: 'success', says: 'done' },
  1: { outcome: 'permanent', says: 'rsync refused its options' },
  2: { outcome: 'permanent', says: 'the two rsyncs do not speak the same protocol' },
  3: { outcome: 'permanent', says: 'rsync could not open its input or output folder' },
  4: { outcome: 'permanent', says: 'rsync was asked for something it cannot do here' },
  5: { outcome: 'retry', says: 'the server did not start the transfer' },
  10: { outcome: 'retry', says: 'the network connection failed' },
  11: { outcome: 'retry', says: 'a file could not be read or written; look at free space and permissions' },
  12: { outcome: 'retry', says: 'the connection broke off' },
  13: { outcome: 'permanent', says: 'rsync had an error in its own messages' },
  14: { outcome: 'once', says: 'rsync failed to talk to its own helper process' },
  15: { outcome: 'once', says: 'rsync ended in an unexpected way' },
  16: { outcome: 'once', says: 'rsync was ended by a signal' },
  19: { outcome: 'stopped', says: 'stopped' },
  20: { outcome: 'stopped', says: 'stopped' },
  21: { outcome: 'once', says: 'rsync lost its helper process' },
  22: { outcome: 'once', says: 'rsync had not enough memory' },
  23: { outcome: 'retry', says: 'some files were not transferred' },
  24: { outcome: 'noted', says: 'some files vanished at the source while they were read' },
  25: { outcome: 'operator', says: 'the limit of deletions was reached' },
  30: { outcome: 'retry', says: 'no data came for too long' },
  35: { outcome: 'retry', says: 'the server did not answer in time' },
}

/** Said by servers that will say the same next time, whatever the code. */
const PERMANENT_TEXT =
  /unknown module|auth failed|access denied|chroot failed|configured to refuse|unknown option|host key of the upstream|by ssh_key|ssh_key cannot be read/i

/** Judges how an rsync ended, by its exit code and the last thing it complained of. */
export function judgeExit(exitCode: number | null, lastError: string | null): Outcome {
  if (exitCode === null) return 'stopped'
  const outcome = MEANINGS[exitCode]?.outcome ?? 'permanent'
  const mayRepeat = exitCode === 5 || exitCode === 10
  return mayRepeat && PERMANENT_TEXT.test(lastError ?? '') ? 'permanent' : outcome
}

/** What a server's daemon puts before its reason, and a client that asked for a password. */
const BEFORE_REASON = /^(Password: )?(@ERROR: )?/

/** How an rsync ended, in words for a person: rsync's own last complaint first, if it had one. */
export function describeExit(exitCode: number | null, lastError: string | null): string {
  const says = exitCode === null ? 'rsync was killed' : (MEANINGS[exitCode]?.says ?? 'rsync failed')
  const code = exitCode === null ? '' : `rsync exit code ${exitCode}`
  if (lastError === null) return code === '' ? says : `${says} (${code})`
  return `${lastError.replace(BEFORE_REASON, '')} (${[says, code].filter(Boolean).join('; ')})`
}
