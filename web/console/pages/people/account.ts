// What an account is at the moment, and which accounts a role makes and changes. The server decides; this hides doors.

import type { Schemas } from '@shared/api/client'

type Role = Schemas['Role']
export type AccountState = 'active' | 'disabled' | 'locked' | 'first'

export function stateOf(account: Pick<Schemas['AccountDocument'], 'disabled_at' | 'locked_until' | 'must_change_password' | 'role'>, now: number): AccountState {
  if (account.disabled_at) return 'disabled'
  if (account.locked_until && account.locked_until > now) return 'locked'
  return account.must_change_password && account.role !== 'commissioner' ? 'first' : 'active'
}

/** As `Role::may_manage` of the server. */
export function manageable(role: Role): readonly Role[] {
  if (role === 'administrator') return ['commissioner', 'coordinator', 'auditor', 'county_officer', 'administrator']
  return role === 'county_officer' ? ['commissioner', 'coordinator'] : []
}
