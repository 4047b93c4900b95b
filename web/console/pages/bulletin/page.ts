import { definePage } from '../../app/page'

export default definePage({
  name: 'bulletin',
  path: '/bulletins/:bulletin([0-9a-f-]{36})',
  title: { zh: '公告', en: 'Bulletin' },
  component: () => import('./BulletinPage.vue'),
})
