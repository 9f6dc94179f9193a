// Fleets that importers make, applied to a real master.

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { useCommandLine } from '../../helpers/command-line.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { UPSTREAM_LOGIN, useSample } from '../../helpers/sample.ts'

const AGE = new Date('2026-01-01T00:00:00Z')

const sample = useSample({ slaves: 0 })
const { mirrorfleet } = useCommandLine(sample)

describe('mirrorfleet', () => {
  it('imports another configuration as a file that can be applied as it is, and again', async () => {
    const folder = temporaryFolder()
    const [crontab, file] = [path.join(folder, 'crontab'), path.join(folder, 'fleet.yaml')]
    writeFileSync(
      crontab,
      `CRON_TZ=Europe/Paris
*/60 22-4 * * 1-5 rsync -avzPh --timeout=90 --delete rsync://h.example.org/pub/moved ${sample.fleet.destRoot} >/dev/null
5 5 * * * rsync -aHh -H --hard-links --delete --delete-excluded u@h.example.org::m ${sample.fleet.destRoot}/whole --password-file /etc/x
0 4 * * * rsync -aR h::m/x /srv
`,
    )
    const imported = await mirrorfleet(`import crontab ${crontab}`)
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringMatching(/2 taken, \d+ changed, 1 left\./) })
    expect(imported.stderr).toMatch(/rsync -aR h::m\/x \/srv +left +it makes the folders of its source/)
    writeFileSync(file, imported.stdout)
    const env = { MIRRORFLEET_WHOLE_PASSWORD: 'hidden' }
    const planned = await mirrorfleet(`apply ${file} --dry-run`, env)
    expect(planned).toMatchObject({ code: 0, stdout: '+ project moved\n+ project whole\n', stderr: '' })
    expect(await mirrorfleet(`apply ${file}`, env)).toMatchObject({ code: 0, stdout: '2 changes made.\n' })
    expect((await mirrorfleet(`apply ${file}`, env)).stdout).toBe('Nothing to change.\n')
    // What --json prints can be applied as well.
    writeFileSync(file, (await mirrorfleet(`--json import crontab ${crontab}`)).stdout)
    expect((await mirrorfleet(`apply ${file}`, env)).stdout).toBe('Nothing to change.\n')
    for (const id of ['moved', 'whole']) await mirrorfleet(`project remove ${id}`)
  })

  it('imports a line that goes on with the tree that it has made, and leaves its neighbours alone', async () => {
    const folder = temporaryFolder()
    const [crontab, file] = [path.join(folder, 'crontab'), path.join(folder, 'fleet.yaml')]
    const { destRoot } = sample.fleet
    const put = (root: string, ...names: string[]) => {
      mkdirSync(root, { recursive: true })
      for (const name of names) {
        writeFileSync(path.join(root, name), name)
        // What is in both places is of the same age, as after an earlier run of the line.
        utimesSync(path.join(root, name), AGE, AGE)
      }
    }
    put(path.join(sample.upstream.folder, 'part'), 'a', 'b', 'c')
    put(path.join(destRoot, 'part'), 'a', 'b', 'gone')
    put(path.join(destRoot, 'neighbour'), 'kept')
    const source = `rsync://${UPSTREAM_LOGIN.user}@127.0.0.1:${sample.upstream.port}/${sample.upstream.module}/part`
    const options = `-avhP -H --hard-links --stats -f 'R .~tmp~' -B 8192 --timeout 60 --delete --delay-updates`
    writeFileSync(
      crontab,
      `RSYNC_PASSWORD=${UPSTREAM_LOGIN.password}\n5 5 * * * flock -n /run/x -c "rsync ${options} ${source} ${destRoot}"\n`,
    )
    const imported = await mirrorfleet(`import crontab ${crontab} --timezone UTC`)
    expect(imported.stdout + imported.stderr).not.toContain(UPSTREAM_LOGIN.password)
    writeFileSync(file, imported.stdout)
    const env = { MIRRORFLEET_PART_PASSWORD: UPSTREAM_LOGIN.password }
    expect(await mirrorfleet(`apply ${file}`, env)).toMatchObject({ code: 0, stderr: '+ project part\n' })
    const synced = await mirrorfleet('sync part --wait')
    expect(synced.stdout).toMatch(/^master +sync +1 +0 +1 +0 /m)
    expect(readdirSync(path.join(destRoot, 'part')).sort()).toEqual(['a', 'b', 'c'])
    expect(readdirSync(path.join(destRoot, 'neighbour'))).toEqual(['kept'])
    await mirrorfleet('project remove part')
  })

  it('imports a worker of tunasync whole', async () => {
    const imported = await mirrorfleet('import tunasync test/fixtures/tunasync/worker.conf')
    const file = path.join(temporaryFolder(), 'fleet.yaml')
    writeFileSync(file, imported.stdout)
    const names = [...imported.stdout.matchAll(/env: (MIRRORFLEET_\w+)/g)].map(([, name = '']) => [name, 'hidden'])
    const planned = await mirrorfleet(`apply ${file} --dry-run`, Object.fromEntries(names))
    expect(planned).toMatchObject({ code: 0, stderr: '' })
    const steps = planned.stdout.trim().split('\n')
    expect(steps.filter((step) => step.startsWith('+ project '))).toHaveLength(84)
    // Its exclude_file is not on this machine.
    expect(steps.filter((step) => !step.startsWith('+'))).toEqual(['~ project fedora: disabled'])
    expect(await mirrorfleet('import crontab package.json --timezone Mars')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--timezone: "Mars" is not the name of a time zone'),
    })
    expect((await mirrorfleet('import tunasync package.json')).stderr).toMatch(
      /package\.json is not a configuration of tunasync/,
    )
  })
})
