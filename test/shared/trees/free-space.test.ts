import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { whileThereIsRoom } from '../../../shared/trees/free-space.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const MORE_THAN_THERE_IS = Number.MAX_SAFE_INTEGER
const never = new AbortController().signal

describe('work that needs room', () => {
  it('is done while there is room, in a folder that is still to be made', async () => {
    const folder = path.join(temporaryFolder(), 'not', 'yet')
    expect(await whileThereIsRoom(folder, 0, never, async () => 'done')).toEqual({ result: 'done', shortage: null })
  })

  it('ends where it needs room and there is too little', async () => {
    const work = async (_signal: AbortSignal, needRoom: () => Promise<void>) => {
      await needRoom()
      expect.unreachable('it went on')
    }
    expect(await whileThereIsRoom(temporaryFolder(), MORE_THAN_THERE_IS, never, work)).toMatchObject({
      result: null,
      shortage: expect.stringMatching(/^only \d+ MiB are free at /),
    })
  })

  it('is done when it needs none', async () => {
    const work = async () => 'done'
    expect(await whileThereIsRoom(temporaryFolder(), MORE_THAN_THERE_IS, never, work)).toEqual({
      result: 'done',
      shortage: null,
    })
  })

  it('fails as it does by itself', async () => {
    const work = async () => {
      throw new Error('rsync is missing')
    }
    await expect(whileThereIsRoom(temporaryFolder(), 0, never, work)).rejects.toThrow('rsync is missing')
  })
})
