// The completion of the command line in real shells, against a real master and against one that is hostile.

import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SHELLS, writeCompletion } from '../../../cli/completion/scripts.ts'
import { SAMPLE_LOGIN } from '../../../scripts/sample/fleet.ts'
import { programArguments } from '../../../scripts/sample/program.ts'
import { until } from '../../../scripts/sample/until.ts'
import { runSaved, useCommandLine } from '../../helpers/command-line.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { useSample } from '../../helpers/sample.ts'

const sample = useSample({ slaves: 1 })
const { mirrorfleet } = useCommandLine(sample)
const hasShell = (shell: string) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0

/** A folder with a program `mirrorfleet` that is this one. */
const folderOfProgram = (): string => {
  const folder = path.join(sample.fleet.root, 'bin')
  const file = path.join(folder, 'mirrorfleet')
  if (existsSync(file)) return folder
  mkdirSync(folder)
  const words = [process.execPath, ...programArguments('cli')].map((word) => `'${word}'`)
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(file, 0o755)
  return folder
}

const login = () => ({
  MIRRORFLEET_URL: sample.fleet.api.url,
  MIRRORFLEET_USER: SAMPLE_LOGIN.username,
  MIRRORFLEET_PASSWORD: SAMPLE_LOGIN.password,
})

const environment = (more: Record<string, string>) => ({
  PATH: `${folderOfProgram()}:${process.env.PATH}`,
  HOME: sample.fleet.root,
  LC_ALL: 'C.UTF-8',
  ...more,
})

/** Runs a script in a shell. Whatever it writes to standard error fails the test. */
const shell = (program: string, args: string[], env: Record<string, string>, cwd?: string) =>
  new Promise<string[]>((resolve, reject) => {
    execFile(program, args, { env: environment(env), cwd }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.split('\n').filter(Boolean))
    })
  })

/** As bash splits a line, which ends where the cursor is. */
const piecesOf = (line: string): string[] => {
  const pieces = line.match(/[:=@]+|[^\s:=@]+/g) ?? []
  return line.endsWith(' ') ? [...pieces, ''] : pieces
}

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** What bash is told to insert: quoted, and without what it does not replace. */
const inBash = (
  line: string,
  env: Record<string, string>,
  cwd?: string,
  then = `printf '%s\\n' "\${COMPREPLY[@]}"`,
) => {
  const pieces = piecesOf(line)
  const ask = `COMP_LINE=${quote(line)} COMP_WORDS=(${pieces.map(quote).join(' ')}) COMP_CWORD=${pieces.length - 1}`
  return shell('bash', ['--norc', '-c', `${writeCompletion('bash')}\n${ask}\n_mirrorfleet\n${then}`], env, cwd)
}

/** The same once there is something: a busy machine may be too slow for a person, and then nothing is offered. */
const offered = (line: string, env: Record<string, string> = login(), cwd?: string) =>
  until(line, async () => {
    const lines = await inBash(line, env, cwd)
    return lines.length > 0 && lines
  })

/** Answers each request in its own way, and is closed with the test. */
const startServer = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

describe('completion', () => {
  beforeAll(async () => {
    for (const name of ['fedora', 'debian']) await sample.fleet.api.ask('/add_project/', sample.payload(name))
    await mirrorfleet('sync fedora --wait')
    await mirrorfleet('sync debian --wait')
    await mirrorfleet('user add alice --role viewer', { MIRRORFLEET_NEW_PASSWORD: 'alice' })
  })

  it('offers commands, options and choices without a master', async () => {
    const nobody = {}
    expect(await inBash('mirrorfleet pro', nobody)).toEqual(['project'])
    expect(await inBash('mirrorfleet project ro', nobody)).toEqual(['rollback'])
    expect(await inBash('mirrorfleet --json project add --pub', nobody)).toEqual(['--publish'])
    expect(await inBash('mirrorfleet sync --dr', nobody)).toEqual(['--dry-run'])
    expect(await inBash('mirrorfleet project add x --publish ', nobody)).toEqual(['in_place', 'atomic'])
    expect(await inBash('mirrorfleet project add x --layout=d', nobody)).toEqual(['debian'])
    expect(await inBash('mirrorfleet project schedule x --cron @d', nobody)).toEqual(['daily'])
    expect(await inBash('mirrorfleet user add bob --role v', nobody)).toEqual(['viewer'])
    expect(await inBash('mirrorfleet completion ', nobody)).toEqual(['bash', 'zsh', 'fish'])
    expect(await inBash('mirrorfleet project schedule x --timezone Europe/Berl', nobody)).toEqual(['Europe/Berlin'])
  })

  it('offers the names that the master knows', async () => {
    expect((await offered('mirrorfleet project show ')).sort()).toEqual(['debian', 'fedora'])
    expect(await offered('mirrorfleet --json sync fe')).toEqual(['fedora'])
    expect((await offered('mirrorfleet user remove ')).sort()).toEqual(['alice', 'root'])
    const slave = `localhost:${sample.fleet.slaves[0]?.port}`
    expect(await offered('mirrorfleet slave token ')).toEqual([slave])
    // bash takes what follows the colon for a word of its own.
    expect(await offered('mirrorfleet log fedora --slave localhost:')).toEqual([slave.replace('localhost:', '')])
    expect(await offered('mirrorfleet log fedora --slave=local')).toEqual([slave])
    expect(await offered('mirrorfleet slave remove ')).toEqual([slave])
    expect(await offered('mirrorfleet slave remove localhost ')).toEqual([slave.replace('localhost:', '')])
    expect(await offered('mirrorfleet project rollback fedora ')).toEqual(['1'])
    expect((await offered('mirrorfleet token create --sync debian ')).sort()).toEqual(['fedora'])
  })

  it('offers runs, the newest first, and projects', async () => {
    const { stdout } = await mirrorfleet('runs --json')
    const runs: string[] = JSON.parse(stdout).map(({ run }: { run: string }) => run)
    expect(runs.length).toBeGreaterThan(1)
    const names = await offered('mirrorfleet log ')
    expect(names.slice(0, runs.length)).toEqual(runs)
    expect(names.slice(runs.length).sort()).toEqual(['debian', 'fedora'])
    const own = await offered('mirrorfleet log fedora-')
    expect(own).toEqual(runs.filter((run) => run.startsWith('fedora-')))
    // None is under way.
    expect(await inBash('mirrorfleet stop ', login())).toEqual([])
  })

  it('offers only what the log-in may see', async () => {
    const alice = { ...login(), MIRRORFLEET_USER: 'alice', MIRRORFLEET_PASSWORD: 'alice' }
    expect((await offered('mirrorfleet project show ', alice)).sort()).toEqual(['debian', 'fedora'])
    expect(await inBash('mirrorfleet user remove ', alice)).toEqual([])
    expect(await inBash('mirrorfleet project show ', { ...alice, MIRRORFLEET_PASSWORD: 'wrong' })).toEqual([])
  })

  it('uses the saved log-in, and offers its name', async () => {
    const env = { XDG_CONFIG_HOME: temporaryFolder() }
    await runSaved(['--url', sample.fleet.api.url, '--context', 'my master', 'login'], { ...login(), ...env })
    expect((await offered('mirrorfleet project show ', env)).sort()).toEqual(['debian', 'fedora'])
    expect(await inBash('mirrorfleet context use ', env)).toEqual(['my\\ master'])
    expect(await inBash('mirrorfleet login ht', env)).toEqual([sample.fleet.api.url])
  })

  it('leaves files to the shell', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'fleet of mine.yaml'), '')
    expect(await inBash('mirrorfleet apply fl', {}, folder)).toEqual(['fleet of mine.yaml'])
    expect(await inBash('mirrorfleet import crontab ', {}, folder)).toEqual(['fleet of mine.yaml'])
    expect(await inBash('mirrorfleet project add ', {}, folder)).toEqual([])
  })

  it('says nothing when nothing answers, or nobody is logged in', async () => {
    const silent = await startServer(() => {})
    const broken = await startServer((_request, response) => response.end('<html>'))
    for (const MIRRORFLEET_URL of ['http://127.0.0.1:1', silent, broken, 'nonsense']) {
      const env = { ...login(), MIRRORFLEET_URL }
      expect(await inBash('mirrorfleet project show ', env)).toEqual([])
      const { code, stdout, stderr } = await runSaved(['__complete', 'project', 'show', ''], env)
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
    }
    expect(await inBash('mirrorfleet project show ', { MIRRORFLEET_URL: sample.fleet.api.url })).toEqual([])
    expect(await inBash('mirrorfleet --context none project show ', login())).toEqual([])
  })

  it.each(SHELLS)('runs nothing that a hostile master names, in %s', async (name) => {
    const folder = temporaryFolder()
    const mark = path.join(folder, 'was-run')
    const odd = [`$(touch ${mark})`, `\`touch ${mark}\``, `;touch ${mark};`, `a'b"c $HOME \\ !!`, '*', '~root', 'ü']
    const never = [
      '\x1b]0;title\x07',
      'a\nb',
      'a\x1b[2J',
      '--url=http://elsewhere',
      '-q',
      '\u202eabc',
      '',
      'x'.repeat(301),
    ]
    const answer = JSON.stringify([...odd, ...never, 5, null].map((id) => ({ id, last_run: null })))
    const env = { ...login(), MIRRORFLEET_URL: await startServer((_request, response) => response.end(answer)) }
    if (name === 'bash') {
      const taken = `for one in "\${COMPREPLY[@]}"; do eval "set -- $one"; printf '%s\\n' "$1"; done`
      const taking = () => inBash('mirrorfleet project show ', env, folder, taken)
      expect(await until('names', async () => ((await taking()).length > 0 ? taking() : null))).toEqual(odd)
    } else if (hasShell(name)) {
      const shown = await until('names', async () => {
        const lines = await (name === 'fish' ? inFish : inZsh)('mirrorfleet project show ', env)
        return lines.length > 0 && lines
      })
      expect(shown.join('\n')).not.toMatch(/title|elsewhere|2J|abc/)
    }
    expect(existsSync(mark)).toBe(false)
  })

  const inFish = (line: string, env: Record<string, string>, cwd?: string) =>
    shell('fish', ['--no-config', '-c', `${writeCompletion('fish')}\ncomplete -C ${quote(line)}`], env, cwd)

  /** compadd works only while a person types: what it gets is printed instead. */
  const inZsh = (line: string, env: Record<string, string>) => {
    const words = line.split(' ')
    const script = [
      'autoload -Uz compinit && compinit -D -u',
      writeCompletion('zsh'),
      'compadd() { print -rl -- $values }; _files() { print files }',
      `words=(${words.map(quote).join(' ')}) CURRENT=${words.length} PREFIX=${quote(words.at(-1) ?? '')}`,
      '_mirrorfleet',
    ]
    return shell('zsh', ['-f', '-c', script.join('\n')], env)
  }

  it.runIf(hasShell('fish'))('works in fish', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'fleet.yaml'), '')
    expect(await inFish('mirrorfleet pro', {})).toEqual(['project\tmanage projects'])
    expect(await inFish('mirrorfleet project add x --publish=a', {})).toEqual(['--publish=atomic'])
    expect(await inFish('mirrorfleet apply fl', {}, folder)).toEqual([expect.stringMatching(/^fleet\.yaml/)])
    const names = await until('names', async () => {
      const lines = await inFish('mirrorfleet project show ', login())
      return lines.length > 0 && lines
    })
    expect(names.sort()).toEqual(['debian\tsucceeded', 'fedora\tsucceeded'])
  })

  it.runIf(hasShell('zsh'))('works in zsh', async () => {
    expect(await inZsh('mirrorfleet pro', {})).toEqual(['project'])
    expect(await inZsh('mirrorfleet --json project add x --publish=a', {})).toEqual(['--publish=atomic'])
    expect(await inZsh('mirrorfleet apply ', {})).toEqual(['files'])
    const names = await until('names', async () => {
      const lines = await inZsh('mirrorfleet project show ', login())
      return lines.length > 0 && lines
    })
    expect(names.sort()).toEqual(['debian', 'fedora'])
  })

  it('asks the program in every shell', () => {
    for (const name of SHELLS) expect(writeCompletion(name)).toContain('command mirrorfleet __complete')
    expect(writeCompletion('zsh')).toMatch(/^#compdef mirrorfleet\n/)
  })

  it('completes at the prompt of a bash', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'fleet of mine.yaml'), '')
    writeFileSync(path.join(folder, 'complete.bash'), writeCompletion('bash'))
    // script(1) gives the shell a terminal.
    const child = spawn('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], {
      cwd: folder,
      env: environment({ ...login(), TERM: 'dumb', PS1: 'ready> ', INPUTRC: '/dev/null' }),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stdin.write('. ./complete.bash; mirrorfleet() { printf "<%s>" "$@"; echo .; }\n')
    child.stdin.write('mirrorfleet project rolb\b\tfed\t\n')
    await until('the project', () => output.includes('<project><rollback><fedora>.'))
    child.stdin.write('mirrorfleet apply fleet\\ o\t\n')
    await until('the file', () => output.includes('<apply><fleet of mine.yaml>.'))
    child.stdin.end('exit\n')
    await once(child, 'close')
  })
})
