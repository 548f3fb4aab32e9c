/*
 * The plots of the run page, drawn by uPlot in the browser from the JSON block `#plots`. Written into the page as it
 * is, as a module: no imports, no network. Plots are drawn again when the reader's colour scheme changes, and follow the width
 * of their box.
 */
const data = JSON.parse(document.getElementById('plots').textContent)
const HEIGHT = 280
const HOUR = 3600
const DAY = 24 * HOUR
const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

const LINES = ['#3b82f6', '#e08a00', '#10a37f', '#a855f7', '#ec4899', '#0891b2', '#84a816', '#f97316']

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const isoTime = seconds => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')}Z`
const isoDay = seconds => new Date(seconds * 1000).toISOString().slice(0, 10)

/** Ticks for an axis of event time: whole hours, days or months, as many as fit. */
const timeSplits = (min, max, ticksMax) => {
  const steps = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY]
  const step = steps.find(candidate => (max - min) / candidate <= ticksMax)
  const ticks = []
  if (step !== undefined) {
    for (let tick = Math.ceil(min / step) * step; tick <= max; tick += step) ticks.push(tick)
    return ticks
  }
  const months = Math.ceil((max - min) / (30.44 * DAY) / ticksMax)
  const first = new Date(min * 1000)
  for (let month = first.getUTCMonth(); ; month += months) {
    const tick = Date.UTC(first.getUTCFullYear(), month) / 1000
    if (tick > max) return ticks
    if (tick >= min) ticks.push(tick)
  }
}

const axis = options => ({
  stroke: colour('muted'),
  font: '12px system-ui, sans-serif',
  labelFont: '12px system-ui, sans-serif',
  grid: { stroke: colour('line'), width: 1 },
  ticks: { stroke: colour('line'), width: 1 },
  ...options,
})
const countAxis = label =>
  axis({ label, size: 56, labelSize: 20, values: (_, ticks) => ticks.map(tick => short.format(tick)) })
const secondsAxis = () => axis({ label: 'seconds since the start of the run', labelSize: 20 })

/** What is under the cursor, beside it: the place on the x axis and each line's value there. */
const tooltip = () => {
  const tip = document.createElement('div')
  tip.className = 'tip'
  const line = (text, swatch) => {
    const row = document.createElement('div')
    if (swatch !== undefined) row.appendChild(document.createElement('i')).style.background = swatch
    row.appendChild(document.createElement(swatch === undefined ? 'b' : 'span')).textContent = text
    return row
  }
  const show = plot => {
    const { idx, left, top } = plot.cursor
    tip.hidden = idx == null || left < 0
    if (tip.hidden) return
    const rows = plot.series.slice(1).flatMap((series, index) => {
      const value = plot.data[index + 1][idx]
      return value == null || !series.show
        ? []
        : [line(`${series.label}  ${series.value(plot, value)}`, series.swatch)]
    })
    tip.replaceChildren(
      line(`${plot.series[0].label} ${plot.series[0].value(plot, plot.data[0][idx])}`),
      ...rows,
    )
    const flip = left > plot.over.clientWidth / 2
    tip.style.left = `${left + (flip ? -12 - tip.offsetWidth : 12)}px`
    tip.style.top = `${Math.min(top + 12, plot.over.clientHeight - tip.offsetHeight)}px`
  }
  return {
    hooks: {
      ready: plot => {
        tip.hidden = true
        plot.over.appendChild(tip)
      },
      setCursor: show,
    },
  }
}

/** A dashed line with its name across the plot, at `value` of the scale. */
const marker = (scale, value, name) => plot => {
  if (value == null || value < plot.scales[scale].min || value > plot.scales[scale].max) return
  const { ctx, bbox } = plot
  const at = Math.round(plot.valToPos(value, scale, true))
  const across = scale === 'y'
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = colour('muted')
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(across ? bbox.left : at, across ? at : bbox.top)
  ctx.lineTo(across ? bbox.left + bbox.width : at, across ? at : bbox.top + bbox.height)
  ctx.stroke()
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`
  ctx.textAlign = 'left'
  ctx.fillText(
    name,
    across ? bbox.left + 8 * devicePixelRatio : at + 6 * devicePixelRatio,
    across ? at - 6 * devicePixelRatio : bbox.top + 14 * devicePixelRatio,
  )
  ctx.restore()
}

const progress = () => {
  const { seconds, mergedS, partitionsS, seamS } = data.progress
  const lines = partitionsS.map((_, partition) => ({
    label: `partition ${partition}`,
    scale: 'y',
    stroke: LINES[partition % LINES.length],
    swatch: LINES[partition % LINES.length],
    width: 1.5,
    spanGaps: true,
    points: { show: false },
    value: (_, value) => isoTime(value),
  }))
  const merged = {
    label: lines.length === 0 ? 'watermark' : 'all partitions',
    scale: 'y',
    stroke: colour('text'),
    swatch: colour('text'),
    width: lines.length === 0 ? 2.5 : 1.5,
    dash: lines.length === 0 ? undefined : [4, 3],
    spanGaps: true,
    points: { show: false },
    value: (_, value) => isoTime(value),
  }
  return {
    values: [seconds, ...partitionsS, mergedS],
    options: {
      series: [{ label: 'second', value: (_, value) => value.toFixed(1) }, ...lines, merged],
      scales: { x: { time: false }, y: { range: (_, min, max) => [min, Math.max(max, min + HOUR)] } },
      axes: [
        secondsAxis(),
        axis({
          size: 84,
          splits: (_, __, min, max) => timeSplits(min, max, 7),
          values: (_, ticks) => ticks.map(tick => (tick % DAY === 0 ? isoDay(tick) : isoTime(tick).slice(5))),
        }),
      ],
      hooks: { draw: [marker('y', seamS, 'seam')] },
    },
  }
}

const rate = () => ({
  values: [data.progress.seconds, data.progress.rowsPerSecond],
  options: {
    series: [
      { label: 'second', value: (_, value) => value.toFixed(1) },
      {
        label: 'rows/s',
        stroke: colour('history'),
        swatch: colour('history'),
        fill: `${colour('history')}22`,
        width: 2,
        spanGaps: true,
        points: { show: false },
        value: (_, value) => count.format(value),
      },
    ],
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max * 1.08 || 1] } },
    axes: [secondsAxis(), countAxis()],
  },
})

const bars = name => ({
  stroke: colour(name),
  fill: colour(name),
  swatch: colour(name),
  width: 0,
  paths: uPlot.paths.bars({ size: [0.82, 64], radius: 0.1 }),
  points: { show: false },
})

const slices = () => {
  const { startS, historyRows, liveRows } = data.slices
  const sides = Object.entries({ history: historyRows, live: liveRows }).filter(([, rows]) =>
    rows.some(value => value > 0),
  )
  return {
    values: [startS, ...sides.map(([, rows]) => rows.map(value => (value === 0 ? null : value)))],
    options: {
      series: [
        { label: 'slice', value: (_, value) => isoTime(value) },
        ...sides.map(([side]) => ({ label: side, ...bars(side), value: (_, value) => count.format(value) })),
      ],
      padding: [null, 32, null, null], // room for the date under the last bar
      scales: {
        x: {
          time: false,
          range: (_, min, max) => {
            const half = (max - min) / (2 * Math.max(1, startS.length - 1)) || DAY / 2
            return [min - half, max + half]
          },
        },
        y: { range: (_, __, max) => [0, max * 1.08 || 1] },
      },
      axes: [
        axis({
          space: 90,
          splits: (plot, _, min, max) => timeSplits(min, max, Math.max(2, Math.floor(plot.width / 110))),
          values: (_, ticks) => ticks.map(tick => (tick % DAY === 0 ? isoDay(tick) : isoTime(tick).slice(5))),
        }),
        countAxis(),
      ],
    },
  }
}

/** The count of each bar above it: a bar of a few events among many is too low to be seen. */
const barCounts = values => plot => {
  const { ctx } = plot
  if (plot.over.clientWidth / values.length < 34) return
  ctx.save()
  ctx.fillStyle = colour('muted')
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
  ctx.textAlign = 'center'
  for (const [place, value] of values.entries()) {
    if (value > 0)
      ctx.fillText(
        short.format(value),
        plot.valToPos(place, 'x', true),
        plot.valToPos(value, 'y', true) - 5 * devicePixelRatio,
      )
  }
  ctx.restore()
}

const lateness = () => {
  const { labels, rows, within } = data.lateness
  const places = rows.map((_, place) => place)
  return {
    values: [
      places,
      rows.map((value, place) => (place < within ? value : null)),
      rows.map((value, place) => (place < within ? null : value)),
    ],
    options: {
      series: [
        { label: 'behind', value: (_, value) => labels[value] },
        { label: 'within the disorder allowed', ...bars('live'), value: (_, value) => count.format(value) },
        { label: 'beyond it', ...bars('expired'), value: (_, value) => count.format(value) },
      ],
      scales: {
        x: { time: false, range: () => [-0.6, rows.length - 0.4] },
        y: { range: (_, __, max) => [0, max * 1.08 || 1] },
      },
      axes: [
        axis({
          grid: { show: false },
          splits: plot =>
            places.filter(place => place % Math.max(1, Math.ceil((rows.length * 62) / plot.width)) === 0),
          values: (_, ticks) => ticks.map(place => labels[place] ?? ''),
        }),
        countAxis(),
      ],
      hooks: { draw: [barCounts(rows)] },
    },
  }
}

const drawn = new Map()
const draw = (box, make) => {
  drawn.get(box)?.destroy()
  const { options, values } = make()
  const cursor = { y: false, drag: { x: false, y: false } }
  drawn.set(
    box,
    new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        cursor,
        legend: { live: false },
        plugins: [tooltip()],
        ...options,
      },
      values,
      box,
    ),
  )
}

const plots = { progress, rate, slices, lateness }
const boxes = Object.entries(plots)
  .map(([name, make]) => [document.getElementById(`plot-${name}`), make])
  .filter(([box]) => box !== null)
const drawAll = () => {
  for (const [box, make] of boxes) draw(box, make)
}
drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
const resized = new ResizeObserver(entries => {
  for (const { target } of entries) drawn.get(target)?.setSize({ width: target.clientWidth, height: HEIGHT })
})
for (const [box] of boxes) resized.observe(box)
