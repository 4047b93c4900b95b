/* Written for every browser there is: says in plain words that it is too old for the console. */
(function () {
  var good = 'noModule' in document.createElement('script') && 'replaceAll' in String.prototype &&
    typeof Promise !== 'undefined' && 'any' in Promise &&
    typeof CSS !== 'undefined' && CSS.supports && CSS.supports('selector(:focus-visible)')
  if (good) return
  document.addEventListener('DOMContentLoaded', function () {
    document.getElementById('too-old').removeAttribute('hidden')
    document.getElementById('app').setAttribute('hidden', 'hidden')
  })
})()
