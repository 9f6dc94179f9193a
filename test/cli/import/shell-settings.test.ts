// A configuration that a shell would read.

import { describe, expect, it } from 'vitest'
import { readShellSettings } from '../../../cli/import/shell-settings.ts'

describe('a configuration of shell assignments', () => {
  it.each<[string, string | null, string[]]>([
    ['A=b', 'b', ['b']],
    ['  export A="b c" # comment', 'b c', ['b', 'c']],
    ["A='b $c'", 'b $c', ['b', '$c']],
    ['A=b"c d"e', 'bc de', ['bc', 'de']],
    [`B=x\nA="$B/\${B}y"`, 'x/xy', ['x/xy']],
    ['A="one\n  two"', 'one\n  two', ['one', 'two']],
    [`A=(b 'c d' "e") # f`, 'b c d e', ['b', 'c d', 'e']],
    ["A=(\n  b # (c's)\n  d#e\n)", 'b d#e', ['b', 'd#e']],
    ['A=(\n  b # c\n  d\n)', 'b d', ['b', 'd']],
    ['A=', null, []],
    ['A=""', null, []],
    ['#A=b', null, []],
    ['A=1\nA=2', '2', ['2']],
    ['A=$(hostname -f)', null, []],
    ['A="$UNKNOWN"', null, []],
    ['A=`hostname`', null, []],
  ])('%j gives A %j, in words %j', (text, value, words) => {
    const settings = readShellSettings(text)
    expect([settings.text('A'), settings.words('A')]).toEqual([value, words])
  })

  it('tells of what cannot be known without running it', () => {
    const { names, remarks } = readShellSettings('A=$(x)\n. /etc/y\nB=1 # z\nlogin --password=hidden\n')
    expect(names).toEqual(['B'])
    expect(remarks.map(({ what }) => what)).toEqual(['. /etc/y', 'login --password=***', 'A'])
  })
})
