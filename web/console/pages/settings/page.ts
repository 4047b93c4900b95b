import { Setting } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'settings',
  path: '/settings',
  title: { zh: '设置', en: 'Settings' },
  menu: { group: 'manage', order: 30, icon: Setting },
  component: () => import('./SettingsPage.vue'),
})
