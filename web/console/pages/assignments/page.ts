import { Grid } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'assignments',
  path: '/assignments',
  title: { zh: '谁走访谁', en: 'Who serves where' },
  menu: { group: 'people', order: 10, icon: Grid },
  component: () => import('./AssignmentsPage.vue'),
})
