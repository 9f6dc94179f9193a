// Names are put in their place without writing through what another tree shares, or through a link.

import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPlace } from '../../../../master/stages/verify/place.ts'
import { temporaryFolder } from '../../../helpers/folder.ts'

function start() {
  const root = temporaryFolder()
  const [tree, served] = [path.join(root, 'tree'), path.join(root, 'served')]
  for (const folder of [tree, served]) mkdirSync(path.join(folder, 'd'), { recursive: true })
  writeFileSync(path.join(served, 'd/f'), 'old')
  linkSync(path.join(served, 'd/f'), path.join(tree, 'd/f'))
  return { root, tree, served, place: createPlace(tree, path.join(root, 'work')) }
}

describe('a file that the served tree shares', () => {
  it('stays as it is there when it is written, linked, moved or dropped here', async () => {
    const { root, tree, served, place } = start()
    await place.write('d/f', Buffer.from('new'))
    expect([readFileSync(path.join(tree, 'd/f'), 'utf8'), readFileSync(path.join(served, 'd/f'), 'utf8')]).toEqual([
      'new',
      'old',
    ])
    await place.link('d/f', Buffer.from(path.join(served, 'd/f')))
    expect(statSync(path.join(tree, 'd/f')).ino).toBe(statSync(path.join(served, 'd/f')).ino)
    await place.link('d/f', Buffer.from(path.join(served, 'd/f')))
    writeFileSync(path.join(root, 'fresh'), 'moved')
    await place.move('d/f', Buffer.from(path.join(root, 'fresh')))
    expect(readFileSync(path.join(tree, 'd/f'), 'utf8')).toBe('moved')
    await place.drop('d/f')
    expect(existsSync(path.join(tree, 'd/f'))).toBe(false)
    expect(readFileSync(path.join(served, 'd/f'), 'utf8')).toBe('old')
  })
})

describe('a link among the folders of a name', () => {
  it('is not followed', async () => {
    const { root, tree, place } = start()
    mkdirSync(path.join(root, 'outside'))
    symlinkSync('../outside', path.join(tree, 'l'))
    await expect(place.write('l/f', Buffer.from('x'))).rejects.toThrow()
    expect(existsSync(path.join(root, 'outside/f'))).toBe(false)
  })
})
