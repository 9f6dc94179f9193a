import { describe, expect, it } from 'vitest'
import { judgeSignature } from '../../../../master/stages/verify/signature-status.ts'

const line = (text: string) => `[GNUPG:] ${text}`
const valid = (digest = '8') => line(`VALIDSIG ABCD 2023-11-15 1700006400 0 4 0 22 ${digest} 01 ABCD`)
const good = [line('NEWSIG'), line('GOODSIG 983AFBD715346134 Fixture <f@example.org>'), valid()]
const unknown = [
  line('NEWSIG'),
  line('ERRSIG 0123456789ABCDEF 22 8 01 1700006400 9 -'),
  line('NO_PUBKEY 0123456789ABCDEF'),
]

describe('judgeSignature', () => {
  it.each([
    ['a good signature', good],
    ['two signatures, one by an unknown key', [...unknown, ...good]],
    ['two good ones', [...good, ...good]],
  ])('takes %s', (_name, lines) => expect(judgeSignature(lines)).toBeNull())

  it.each([
    ['another content', [line('BADSIG 983AFBD715346134 x')], 'has a signature of another content (983AFBD715346134).'],
    ['a good and a bad one', [...good, line('BADSIG 983AFBD715346134 x')], /another content/],
    ['an unknown key', unknown, 'is signed by a key that the keyring does not have (0123456789ABCDEF).'],
    [
      'an expired key, though it is valid',
      [line('KEYEXPIRED 1'), line('EXPKEYSIG 983AFBD715346134 x'), valid()],
      /key that has expired/,
    ],
    ['a revoked key, though it is valid', [line('REVKEYSIG 983AFBD715346134 x'), valid()], /key that was revoked/],
    ['an expired signature', [line('EXPSIG 983AFBD715346134 x'), valid()], /signature that has expired/],
    ['SHA-1', [line('GOODSIG 983AFBD715346134 x'), valid('2')], /too weak/],
    ['no signature', [line('NODATA 4')], /no signature/],
    ['a good one without its validity', [line('GOODSIG 983AFBD715346134 x')], /too weak|could not/],
    ['words of the text itself', ['GOODSIG 983AFBD715346134 x', 'VALIDSIG ABCD'], /could not be checked/],
    ['nothing', [], /could not be checked/],
  ])('refuses %s', (_name, lines, says) => expect(judgeSignature(lines)).toMatch(says))
})
