import { Bell } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'bulletins',
  path: '/bulletins',
  title: { zh: '公告', en: 'Bulletins' },
  menu: { group: 'people', order: 30, icon: Bell },
  component: () => import('./BulletinsPage.vue'),
})
