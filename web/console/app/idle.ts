// Nobody was there for a while: a warning first, then the session ends. Several windows are one person.

import { onScopeDispose, ref } from 'vue'
import { unwrap } from '@shared/api/client'
import { api, hasEnded, lock, notice, session } from './session'

/** How long before the end the warning comes. */
const WARN_BEFORE_MS = 2 * 60_000
/** The server hears of somebody who only types at least this often. */
const KEEP_ALIVE_MS = 4 * 60_000
const LOOK_EVERY_MS = 1_000

/** Whether the session is about to end. */
export const isAboutToEnd = ref(false)

/** What time says should happen, from how long nobody did anything. */
export function judge(idleMs: number, limitMs: number): 'stay' | 'warn' | 'end' {
  if (idleMs >= limitMs) return 'end'
  return idleMs >= Math.max(limitMs - WARN_BEFORE_MS, limitMs / 2) ? 'warn' : 'stay'
}

export function useIdleGuard(): { stay: () => void } {
  let lastActAt = Date.now()
  let toldServerAt = Date.now()
  let saidAt = 0
  const windows = new BroadcastChannel('tepai-activity')

  const act = () => {
    lastActAt = Date.now()
    isAboutToEnd.value = false
    if (lastActAt - saidAt > LOOK_EVERY_MS) {
      saidAt = lastActAt
      windows.postMessage('active')
    }
  }
  // A movement of the mouse does not take the warning away: whoever is there answers it.
  const actUnlessWarned = () => {
    if (!isAboutToEnd.value) act()
  }
  windows.onmessage = () => {
    lastActAt = Date.now()
    isAboutToEnd.value = false
  }
  const tellServer = async () => {
    toldServerAt = Date.now()
    await unwrap(api.GET('/v1/session')).catch(notice)
  }
  const look = () => {
    if (!session.value || hasEnded.value) return
    const now = Date.now()
    const verdict = judge(now - lastActAt, session.value.idle_minutes * 60_000)
    isAboutToEnd.value = verdict === 'warn'
    if (verdict === 'end') void lock()
    else if (lastActAt > toldServerAt && now - toldServerAt > KEEP_ALIVE_MS) void tellServer()
  }
  const events = ['keydown', 'pointerdown', 'wheel'] as const
  events.forEach((name) => addEventListener(name, actUnlessWarned, { passive: true }))
  const timer = setInterval(look, LOOK_EVERY_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    windows.close()
    events.forEach((name) => removeEventListener(name, actUnlessWarned))
  })
  return {
    stay() {
      act()
      void tellServer()
    },
  }
}
