// The fields that say where rsync pulls from, as requests give them.

import Type from 'typebox'
import { Nullable } from './common.ts'

export const Port = Type.Integer({ minimum: 1, maximum: 65535, description: 'a whole number from 1 to 65535' })

export const upstreamProperties = {
  rsync_host: Type.String({ minLength: 1, maxLength: 255, description: 'a host name or an IP address' }),
  rsync_module: Type.String({ minLength: 1, maxLength: 1024, description: 'an rsync module, or module/path' }),
  rsync_port: Type.Optional(Port),
  rsync_user: Type.Optional(
    Nullable(
      Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$', description: 'a user name of the upstream rsyncd' }),
    ),
  ),
  rsync_password: Type.Optional(
    Nullable(
      Type.String({ maxLength: 1024, pattern: '^[^\\u0000\\r\\n]*$', description: 'a password of one line, or null' }),
    ),
  ),
}
