import { Switch } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'conflicts',
  path: '/conflicts',
  title: { zh: '冲突与隔离', en: 'Conflicts and quarantine' },
  roles: ['coordinator', 'county_officer', 'administrator', 'auditor'],
  menu: { group: 'judge', order: 20, icon: Switch },
  component: () => import('./ConflictsPage.vue'),
})
