// The parts of ECharts that are drawn with, as SVG: sharp on paper, and only loaded where there is a chart.

import { BarChart, LineChart, MapChart, PieChart, type BarSeriesOption, type LineSeriesOption, type MapSeriesOption, type PieSeriesOption } from 'echarts/charts'
import {
  AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent,
  type AriaComponentOption, type GridComponentOption, type LegendComponentOption, type TooltipComponentOption, type VisualMapComponentOption,
} from 'echarts/components'
import { init, registerMap, use, type ComposeOption, type ECharts } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, LineChart, MapChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, SVGRenderer])

export type ChartOption = ComposeOption<
  | BarSeriesOption | LineSeriesOption | MapSeriesOption | PieSeriesOption
  | AriaComponentOption | GridComponentOption | LegendComponentOption | TooltipComponentOption | VisualMapComponentOption
>

export { registerMap }

export function draw(place: HTMLElement): ECharts {
  return init(place, null, { renderer: 'svg' })
}
