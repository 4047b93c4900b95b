import { definePage } from '../../app/page'

export default definePage({
  name: 'photo',
  path: '/visits/:visit([0-9a-f-]{36})/photos/:photo([0-9a-f-]{36})',
  title: { zh: '照片', en: 'Photo' },
  component: () => import('./PhotoPage.vue'),
})
