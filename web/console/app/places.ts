// From an address of the API to the page that shows what is read there: every figure opens to the records behind it.

import type { RouteLocationRaw, Router } from 'vue-router'

/** Each address by its pattern, and the pages that show it: the first that there is. */
const PAGES_OF: readonly { at: RegExp; names: readonly string[] }[] = [
  { at: /^\/v1\/visits$/, names: ['visits'] },
  { at: /^\/v1\/coverage\/(?<division>\d+)$/, names: ['villages'] },
  { at: /^\/v1\/records\/(?<kind>adoption_report|adoption|feedback|training_session|demo_base|follow_up|beneficiary|site|photo)$/, names: ['records'] },
  { at: /^\/v1\/(?<kind>demo-households|local-experts|demo-bases|follow-ups)$/, names: ['records'] },
  { at: /^\/v1\/people$/, names: ['people'] },
  { at: /^\/v1\/adoptions\/(?<division>\d+)$/, names: ['adoptions'] },
  { at: /^\/v1\/calendar\/(?<division>\d+)$/, names: ['calendar'] },
  { at: /^\/v1\/assignments$/, names: ['assignments'] },
  { at: /^\/v1\/bulletins$/, names: ['bulletins'] },
  { at: /^\/v1\/conflicts$/, names: ['conflicts'] },
  { at: /^\/v1\/review-queue$/, names: ['review'] },
  { at: /^\/v1\/targets$/, names: ['assessment'] },
]

/** Where the records at an address of the API are shown; `undefined` if no page shows them. */
export function placeOf(address: string, router: Pick<Router, 'hasRoute'>): RouteLocationRaw | undefined {
  const { pathname, searchParams } = new URL(address, 'http://tepai.invalid')
  for (const { at, names } of PAGES_OF) {
    const found = at.exec(pathname)
    const name = found && names.find((one) => router.hasRoute(one))
    if (!name) continue
    const { kind, ...rest } = found.groups ?? {}
    const query = { ...Object.fromEntries(searchParams), ...rest }
    return kind ? { name, params: { kind }, query } : { name, query }
  }
  return undefined
}
