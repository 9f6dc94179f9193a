// A real nginx that shows the files of a folder, with its index pages.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { temporaryFolder } from './folder.ts'

export interface Nginx {
  url: string
  folder: string
  /** Everything that was asked of it so far, a line a request. */
  asked: () => Promise<string[]>
  /** Puts other lines into its one location, such as `return 503;`. */
  behave: (lines: string) => Promise<void>
}

/** Serves a folder until the test ends. `lines` stand in its one location from the beginning. */
export async function startNginx(folder: string, lines = ''): Promise<Nginx> {
  const root = temporaryFolder()
  const [port = 0] = await findFreePorts(1)
  const config = path.join(root, 'nginx.conf')
  const write = (lines: string, mark: number) =>
    writeFileSync(
      config,
      `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; pid ${root}/pid; error_log ${root}/error;
events {}
http {
  access_log ${root}/access;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${root}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location = /mark-${mark} { access_log off; return 204; }
    location / { root ${folder}; autoindex on; ${lines} }
  }
}
`,
    )
  let marks = 0
  const url = `http://127.0.0.1:${port}/`
  const isThere = () =>
    fetch(`${url}mark-${marks}`).then(
      ({ status }) => status === 204,
      () => false,
    )
  write(lines, marks)
  const nginx = startProcess('nginx', ['-c', config, '-e', `${root}/error`], { PATH: `${process.env.PATH}:/usr/sbin` })
  onTestFinished(async () => {
    await nginx.stop()
  })
  await until('nginx', isThere)
  return {
    url,
    folder,
    asked: async () => {
      const { readFile } = await import('node:fs/promises')
      return (await readFile(path.join(root, 'access'), 'utf8')).split('\n').filter(Boolean)
    },
    behave: async (lines) => {
      marks++
      write(lines, marks)
      nginx.signal('SIGHUP')
      await until('nginx to read it', isThere)
    },
  }
}
