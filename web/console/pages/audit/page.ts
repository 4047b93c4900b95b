import { Notebook } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'audit',
  path: '/audit',
  title: { zh: '操作日志', en: 'Audit trail' },
  roles: ['auditor', 'county_officer', 'administrator'],
  menu: { group: 'manage', order: 40, icon: Notebook },
  component: () => import('./AuditPage.vue'),
})
