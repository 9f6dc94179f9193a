import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createDiskLooks } from '../../../shared/trees/disk-looks.ts'
import { whileThereIsRoom } from '../../../shared/trees/free-space.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const MORE_THAN_THERE_IS = Number.MAX_SAFE_INTEGER
const never = new AbortController().signal

describe('work that needs room', () => {
  it('is done while there is room, in a folder that is still to be made', async () => {
    const folder = path.join(temporaryFolder(), 'not', 'yet')
    expect(await whileThereIsRoom(createDiskLooks(), folder, 0, never, async () => 'done')).toEqual({
      result: 'done',
      shortage: null,
    })
  })

  it('ends where it needs room and there is too little', async () => {
    const work = async (_signal: AbortSignal, needRoom: () => Promise<void>) => {
      await needRoom()
      expect.unreachable('it went on')
    }
    expect(await whileThereIsRoom(createDiskLooks(), temporaryFolder(), MORE_THAN_THERE_IS, never, work)).toMatchObject(
      {
        result: null,
        shortage: expect.stringMatching(/^only \d+ MiB are free at /),
      },
    )
  })

  it('ends before more comes than there is room for', async () => {
    const [much, little] = [2 ** 60, 1]
    const tried = (bytes: number, floor: number) =>
      whileThereIsRoom(createDiskLooks(), temporaryFolder(), floor, never, (_signal, needRoom) => needRoom(bytes))
    expect(await tried(much, 1)).toMatchObject({
      shortage: expect.stringMatching(/^1099511627776 MiB are to come, and only \d+ MiB are free at .*; DISK_FLOOR_MB/),
    })
    expect(await tried(little, 1)).toMatchObject({ shortage: null })
    // Without a floor nothing is foretold: a file system that compresses may hold it.
    expect(await tried(much, 0)).toMatchObject({ shortage: null })
  })

  it('is done when it needs none', async () => {
    const work = async () => 'done'
    expect(await whileThereIsRoom(createDiskLooks(), temporaryFolder(), MORE_THAN_THERE_IS, never, work)).toEqual({
      result: 'done',
      shortage: null,
    })
  })

  it('ends when it is stopped, though the disk does not answer, and looks do not pile up', async () => {
    let asked = 0
    let answer = (_room: { bavail: number; bsize: number }): void => {}
    // No file system here can be made to hang.
    const disks = createDiskLooks(() => {
      asked += 1
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const begin = () => {
      const stop = new AbortController()
      const work = (_signal: AbortSignal, needRoom: () => Promise<void>) => needRoom()
      return { stop, done: whileThereIsRoom(disks, '/hangs', 0, stop.signal, work) }
    }
    for (let run = 0; run < 3; run++) {
      const { stop, done } = begin()
      stop.abort(new Error('stopped'))
      await expect(done).rejects.toThrow('stopped')
    }
    expect(asked).toBe(1)
    const last = begin()
    answer({ bavail: 1, bsize: 1 })
    await vi.waitFor(() => expect(asked).toBe(2))
    answer({ bavail: 1, bsize: 1 })
    expect(await last.done).toMatchObject({ shortage: null })
  })

  it('fails as it does by itself', async () => {
    const work = async () => {
      throw new Error('rsync is missing')
    }
    await expect(whileThereIsRoom(createDiskLooks(), temporaryFolder(), 0, never, work)).rejects.toThrow(
      'rsync is missing',
    )
  })
})
