import { Upload } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'imports',
  path: '/imports',
  title: { zh: '导入', en: 'Import' },
  roles: ['county_officer', 'administrator'],
  menu: { group: 'manage', order: 10, icon: Upload },
  component: () => import('./ImportsPage.vue'),
})
