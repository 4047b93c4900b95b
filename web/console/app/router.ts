// Addresses. Whoever is not signed in is asked to, and comes back to where he wanted to go.

import { nextTick, ref } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { PAGES, isOpenTo, routeOf, type Page } from './page'
import { load, session } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    page?: Page
    isOpen?: boolean
  }
}

/** A page whose script did not come: it was updated, or the line does not carry. */
export const failedToOpen = ref(false)

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { name: 'sign-in', path: '/sign-in', component: () => import('../components/SignInPage.vue'), meta: { isOpen: true } },
    ...PAGES.map(routeOf),
    { name: 'nowhere', path: '/:rest(.*)*', component: () => import('../components/NowherePage.vue') },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

let isAsked = false

router.beforeEach(async (to) => {
  if (!isAsked) {
    // Its script comes on the way while the server says who is signed in.
    const page = to.meta.page
    if (page) void page.component().catch(() => undefined)
    await load().catch(() => undefined)
    isAsked = true
  }
  if (to.meta.isOpen) return true
  if (!session.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.meta.page && !isOpenTo(to.meta.page, session.value.role)) return { name: 'nowhere', params: { rest: to.path.slice(1).split('/') } }
  return true
})

/** After a page change the reader's place is the new page's heading, for keyboards and screen readers alike. */
router.afterEach(async (to, from, failure) => {
  if (failure) return
  failedToOpen.value = false
  if (to.path === from.path || from.matched.length === 0) return
  await nextTick()
  focusHeading()
})

export function focusHeading(): void {
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
}

router.onError((error: unknown) => {
  console.error(error)
  failedToOpen.value = true
})

/** Where to go after signing in: a place within the console, and nowhere else. */
export function nextPlace(to: RouteLocationNormalized): string {
  const next = to.query.next
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
