// Judges a signature by gpgv's status lines (GnuPG's doc/DETAILS). Its exit code cannot: it is 0 for a revoked key. Pure.

/** Digests that anybody can make a second text for: MD5, SHA-1, RIPEMD-160. */
const WEAK_DIGESTS = ['1', '2', '3']

const SAYS: Readonly<Record<string, string>> = {
  BADSIG: 'has a signature of another content',
  EXPKEYSIG: 'is signed by a key that has expired',
  REVKEYSIG: 'is signed by a key that was revoked',
  EXPSIG: 'has a signature that has expired',
  ERRSIG: 'has a signature that cannot be checked',
  NO_PUBKEY: 'is signed by a key that the keyring does not have',
  NODATA: 'has no signature, or half of one',
}

/**
 * What is wrong with a signature, to be said after the file's name; null when it is good. One good signature is enough, by a key
 * that is still good and a digest that is not weak, as long as none is of another content.
 */
export function judgeSignature(lines: readonly string[]): string | null {
  const words = lines.filter((line) => line.startsWith('[GNUPG:] ')).map((line) => line.split(' ').slice(1))
  const isGood = words.some(([word, ...rest], index) => {
    // VALIDSIG follows its GOODSIG: fingerprint, date, time, expiry, version, reserved, key and digest algorithm.
    const next = words.slice(index + 1).find(([one]) => one === 'VALIDSIG' || one === 'GOODSIG')
    return word === 'GOODSIG' && rest.length > 0 && next?.[0] === 'VALIDSIG' && !WEAK_DIGESTS.includes(next[8] ?? '1')
  })
  const isBad = words.some(([word]) => word === 'BADSIG')
  if (isGood && !isBad) return null
  const worst = Object.keys(SAYS).find((name) => words.some(([word]) => word === name))
  if (worst !== undefined && !(worst === 'ERRSIG' && words.some(([word]) => word === 'NO_PUBKEY'))) {
    return `${SAYS[worst]}${keyOf(words, worst)}.`
  }
  if (worst !== undefined) return `${SAYS.NO_PUBKEY}${keyOf(words, 'NO_PUBKEY')}.`
  return words.some(([word]) => word === 'GOODSIG')
    ? 'is signed with a digest that is too weak (MD5, SHA-1 or RIPEMD-160).'
    : 'could not be checked against its signature.'
}

function keyOf(words: readonly string[][], name: string): string {
  const [, key = ''] = words.find(([word]) => word === name) ?? []
  return /^[0-9A-F]{8,64}$/.test(key) ? ` (${key})` : ''
}
