// One example for the help of each command. Pure.

import type { Command } from 'commander'

/** By the words of the command, without `mirrorfleet`. */
const EXAMPLES: Readonly<Record<string, string>> = {
  login: 'login https://mirror.example.org:5000 --context prod',
  logout: 'logout',
  'context list': 'context list',
  'context use': 'context use prod',
  'context remove': 'context remove prod',
  status: 'status --watch',
  doctor: 'doctor',
  'project add': 'project add rsync://rsync.example.org/pub/fedora --cron "0 */6 * * *"',
  'project list': 'project list',
  'project show': 'project show fedora',
  'project update': 'project update fedora --host rsync2.example.org',
  'project schedule': 'project schedule fedora --cron "30 */4 * * *"',
  'project enable': 'project enable fedora',
  'project disable': 'project disable fedora',
  'project remove': 'project remove fedora --purge',
  'project generations': 'project generations fedora',
  'project rollback': 'project rollback fedora',
  'project publish-held': 'project publish-held fedora',
  sync: 'sync fedora --wait',
  stop: 'stop fedora',
  runs: 'runs fedora --limit 5',
  log: 'log fedora --follow',
  events: 'events fedora',
  'slave add': 'slave add slave1.example.org',
  'slave token': 'slave token slave1.example.org:7000',
  'slave list': 'slave list',
  'slave remove': 'slave remove slave1.example.org',
  'user add': 'user add alice --role viewer',
  'user list': 'user list',
  'user update': 'user update alice --password',
  'user remove': 'user remove alice',
  'token create': 'token create --ttl 90d --label prometheus',
  'token list': 'token list',
  'token revoke': 'token revoke 5f0c2a',
  audit: 'audit --project fedora --limit 20',
  apply: 'apply fleet.yaml --dry-run',
  export: 'export > fleet.yaml',
  'import crontab': 'import crontab /var/spool/cron/crontabs/mirror > fleet.yaml',
  'import tunasync': 'import tunasync worker.conf > fleet.yaml',
  'import ftpsync': 'import ftpsync ftpsync.conf > fleet.yaml',
  'import quick-fedora-mirror': 'import quick-fedora-mirror quick-fedora-mirror.conf > fleet.yaml',
  'import apt-mirror': 'import apt-mirror mirror.list > fleet.yaml',
  'master list': 'master list',
  'master assign': 'master assign ftp2 --from ftp1',
  'notify test': 'notify test',
  migrate: 'migrate --from file:/var/lib/mirrorfleet --to postgres://mirrorfleet@db.example.org/mirrorfleet --node a',
  completion: 'completion bash > /etc/bash_completion.d/mirrorfleet',
}

/** Puts each example at the end of its command's help. */
export function addExamples(program: Command): void {
  for (const command of program.commands) {
    for (const one of [command, ...command.commands]) {
      const words = one === command ? one.name() : `${command.name()} ${one.name()}`
      const example = EXAMPLES[words]
      if (example !== undefined) one.addHelpText('after', `\nExample:\n  ${program.name()} ${example}`)
    }
  }
}
