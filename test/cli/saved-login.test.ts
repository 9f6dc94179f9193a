import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseLogin, findLogin } from '../../cli/choose-login.ts'
import { loginAt, readLogins, type SavedLogin, withLogin, withoutLogin, writeLogins } from '../../cli/saved-login.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const login = (name: string, url: string): SavedLogin => ({
  name,
  url,
  username: 'root',
  token: `token of ${name}`,
  expires_at: '2100-01-01T00:00:00Z',
})
const home = login('home', 'http://127.0.0.1:5000')
const away = login('away', 'https://mirror.example.org:5000')
const both = withLogin(withLogin({ current: null, logins: [] }, home), away)

describe('saved log-ins', () => {
  it('are written for each address and read again', async () => {
    const env = { XDG_CONFIG_HOME: temporaryFolder() }
    expect(readLogins(env)).toEqual({ current: null, logins: [] })
    await writeLogins(env, both)
    expect(readLogins(env)).toEqual({ current: 'away', logins: [home, away] })
    await writeLogins(env, withoutLogin(withoutLogin(both, 'home'), 'away'))
    expect(readLogins(env)).toEqual({ current: null, logins: [] })
  })

  it('of earlier versions still count', () => {
    const env = { XDG_CONFIG_HOME: temporaryFolder() }
    mkdirSync(path.join(env.XDG_CONFIG_HOME, 'mirrorfleet'))
    const { name: _none, ...before } = away
    writeFileSync(path.join(env.XDG_CONFIG_HOME, 'mirrorfleet', 'login.json'), JSON.stringify(before))
    const name = 'mirror.example.org:5000'
    expect(readLogins(env)).toEqual({ current: name, logins: [{ ...before, name }] })
  })

  it('belong to an address however it is named', () => {
    for (const url of ['https://mirror.example.org:5000/', 'https://MIRROR.example.org:5000']) {
      expect(chooseLogin({ url }, {}, both).login).toBe(away)
      expect(chooseLogin({}, { MIRRORFLEET_URL: url }, both).login).toBe(away)
    }
    expect(loginAt(both, 'http://mirror.example.org:5000')).toBeUndefined()
    const second = login('second', away.url)
    expect(loginAt(withLogin(both, second), away.url)).toBe(second)
  })

  it('are chosen by name before anything else, and the current one after everything else', () => {
    expect(chooseLogin({ context: 'home' }, { MIRRORFLEET_URL: away.url }, both)).toEqual({
      url: home.url,
      login: home,
    })
    expect(() => chooseLogin({ context: 'home', url: away.url }, {}, both)).toThrow('Give one of them')
    expect(chooseLogin({}, {}, both).login).toBe(away)
    expect(chooseLogin({}, {}, withoutLogin(both, 'away'))).toEqual({ url: home.url, login: home })
  })

  it('say which name was meant', () => {
    expect(() => findLogin(both, 'hom')).toThrow('There is no context "hom". Did you mean "home"?')
    expect(() => findLogin(both, 'elsewhere')).toThrow('mirrorfleet context list')
  })
})
