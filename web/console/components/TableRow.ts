// A row of a DataTable. It is a component of its own so that a row that stands is not drawn again because others come.
import { defineComponent, h, type PropType, type Slots } from 'vue'
import type { Column } from './DataTable.vue'

export default defineComponent({
  name: 'TableRow',
  props: {
    row: { type: Object as PropType<unknown>, required: true },
    columns: { type: Array as PropType<readonly Pick<Column<unknown>, 'key' | 'isHead' | 'isNumber' | 'isShort' | 'isScreenOnly'>[]>, required: true },
    slots: { type: Object as PropType<Slots>, required: true },
  },
  setup: (props) => () => h('tr', props.columns.map(({ key, isHead, isNumber, isShort, isScreenOnly }) => h(
    isHead ? 'th' : 'td',
    { key, scope: isHead ? 'row' : undefined, class: { 'is-number': isNumber, 'is-short': isShort, 'no-print': isScreenOnly } },
    props.slots[key] ? props.slots[key]({ row: props.row }) : String((props.row as Record<string, unknown>)[key] ?? ''),
  ))),
})
