// What the server says of the parts of this page, as it comes: a map from the id of an element to its HTML.
new EventSource(document.body.dataset.live).onmessage = ({ data }) => {
  for (const [id, html] of Object.entries(JSON.parse(data))) {
    const element = document.getElementById(id)
    if (element) element.innerHTML = html
  }
}
