// Disks of a test's own, where this user may mount some.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Mounts an empty disk of that size (as `8m`) on a folder until the test ends, or until the returned function is called. */
export function mountDisk(folder: string, size: string): () => void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' })
  let isMounted = true
  const unmount = () => {
    if (isMounted) execFileSync('umount', ['-l', folder])
    isMounted = false
  }
  onTestFinished(unmount)
  return unmount
}

/** Mounts an empty disk that keeps times in whole seconds: inodes of 128 bytes have no room for more (ext4(5)). */
export function mountCoarseDisk(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const image = `${folder}.img`
  writeFileSync(image, '')
  truncateSync(image, 32 * 1024 * 1024)
  execFileSync('mkfs.ext4', ['-q', '-F', '-I', '128', image], { stdio: 'pipe' })
  execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'pipe' })
  const unmount = () => {
    execFileSync('umount', ['-l', folder])
    rmSync(image)
  }
  onTestFinished(unmount)
  return unmount
}

/** Loop devices are not there in every container. */
export function canMountImages(): boolean {
  return canMount() && existsSync('/dev/loop-control') && existsSync('/sbin/mkfs.ext4')
}

export function canMount(): boolean {
  const folder = path.join(tmpdir(), `mirrorfleet-mount-${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
