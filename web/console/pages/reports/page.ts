import { Document } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'reports',
  path: '/reports',
  title: { zh: '报表', en: 'Reports' },
  menu: { group: 'account', order: 20, icon: Document },
  component: () => import('./ReportsPage.vue'),
})
