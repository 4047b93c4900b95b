// Who is signed in, and what becomes of the page when that ends. The session's cookie is closed to scripts; what is
// known here is what the server tells of it, and it is kept in memory alone.

import { computed, ref, shallowRef } from 'vue'
import { ApiProblem, createApi, unwrap, type Answer, type Schemas } from '@shared/api/client'
import { language } from '@shared/words'
import { watcher } from './connection'

export type Session = Schemas['SessionDocument']
export type Role = Schemas['Role']

declare global {
  /** The answer to `GET /v1/session` that public/check.js asked for; used once. */
  var earlySession: Promise<Response> | undefined
}

function early(request: Request): Promise<Response> | undefined {
  if (request.method !== 'GET' || new URL(request.url).pathname !== '/v1/session') return undefined
  const answer = globalThis.earlySession
  globalThis.earlySession = undefined
  return answer
}

export const api = createApi({ language, watcher, early })

/** Who is signed in; `null` if nobody is. */
export const session = shallowRef<Session | null>(null)

/** The session ended under an open page: the page stays as it is, and asks for the password again. */
export const hasEnded = ref(false)

/** How much the server's clock is ahead of this computer's. */
let ahead = 0

function accept(found: Session): Session {
  ahead = found.now - Date.now()
  session.value = found
  hasEnded.value = false
  return found
}

/** Asks the server who is signed in. */
export async function load(): Promise<Session | null> {
  try {
    return accept(await unwrap(api.GET('/v1/session')))
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'not_signed_in') return (session.value = null)
    throw error
  }
}

/** Signs in. Somebody else than before starts from an empty page. */
export async function signIn(login: string, password: string): Promise<Session> {
  const before = session.value
  const { token: _inTheCookieToo, ...found } = await unwrap(api.POST('/v1/session', { body: { login, password } }))
  if (before && before.account_id !== found.account_id) location.assign('/')
  return accept(found)
}

/** Signs out, and leaves nothing of the county in this window. */
export async function signOut(): Promise<void> {
  await unwrap(api.DELETE('/v1/session')).catch(() => undefined)
  location.assign('/sign-in')
}

/** Ends the session after nobody was there for a while; what was typed stays in the page. */
export async function lock(): Promise<void> {
  hasEnded.value = true
  await unwrap(api.DELETE('/v1/session')).catch(() => undefined)
}

/** Looks at the error of a call: where the session has ended, the page asks for the password. */
export function notice(error: unknown): void {
  if (!(error instanceof ApiProblem) || !session.value) return
  if (error.code === 'not_signed_in') hasEnded.value = true
  if (error.code === 'password_change_required') session.value = { ...session.value, must_change_password: true }
}

/** The data of an answer. An error goes to `notice` and is thrown. */
export async function unwrapNoticed<D>(answering: Promise<Answer<D>>): Promise<D> {
  try {
    return await unwrap(answering)
  } catch (error) {
    notice(error)
    throw error
  }
}

/** The session of a page behind the sign-in: there is one. */
export function useSession() {
  return computed(() => {
    if (!session.value) throw new Error('this page needs a session')
    return session.value
  })
}

/** The server's clock: milliseconds since 1970 UTC. */
export function serverNow(): number {
  return Date.now() + ahead
}

/** What a role may do, as the server has it (`server/domain/src/actor.rs`); the server decides, this only hides doors. */
export const may = {
  administer: (role: Role) => role === 'county_officer' || role === 'administrator',
  audit: (role: Role) => role === 'auditor' || role === 'county_officer' || role === 'administrator',
  review: (role: Role) => role === 'coordinator' || role === 'county_officer',
  assess: (role: Role) => role === 'county_officer',
} as const
