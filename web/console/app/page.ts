// What a page says of itself. `console/pages/*/page.ts` is found by its place: a new page touches no list.

import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import type { Sentence } from '@shared/words/define'
import type { Role } from './session'

/** The groups of the menu, in the order in which they stand. */
export const GROUPS = ['see', 'judge', 'people', 'account', 'manage'] as const
export type Group = (typeof GROUPS)[number]

export interface Page {
  /** Its name in the router, which is that of its folder. */
  name: string
  /** Its address, such as `/villages/:village`. */
  path: string
  title: Sentence
  /** Who finds it in the menu and may open it; everybody at the office if absent. */
  roles?: readonly Role[]
  /** Its place in the menu; a page that is only reached from others has none. */
  menu?: { group: Group; order: number; icon: Component }
  component: () => Promise<unknown>
}

export function definePage(page: Page): Page {
  return page
}

const modules = import.meta.glob<{ default: Page }>('../pages/*/page.ts', { eager: true })

export const PAGES: readonly Page[] = Object.values(modules).map((module) => module.default)

export function isOpenTo(page: Page, role: Role): boolean {
  return !page.roles || page.roles.includes(role)
}

/** The pages of a group that a role finds in the menu. */
export function menuOf(group: Group, role: Role): Page[] {
  const pages = PAGES.filter((page) => page.menu?.group === group && isOpenTo(page, role))
  return pages.sort((a, b) => (a.menu?.order ?? 0) - (b.menu?.order ?? 0))
}

export function routeOf(page: Page): RouteRecordRaw {
  return { name: page.name, path: page.path, component: page.component as () => Promise<Component>, meta: { page } }
}
