"""Pages whose sentences are hard to name in a link."""

# ruff: noqa: E501  a page is read in one line

LONG = "who had been sent to the capital in the spring of that year "
SAME = "<p>It was said of all of them in the same words by the same people. He sang.</p>"

# Each page's body; <b class=here> is the sentence, in as many parts as it has elements.
PAGES = {
    "plain": "<p>He came. <b class=here>The envoy was recalled on Tuesday.</b> He left.</p>",
    "repeated": "<p>He agreed. He left at once.</p><p>She came. He agreed. Then it rained.</p>"
    "<p>They came. <b class=here>He agreed.</b> Then it snowed.</p><p>Yes. He agreed. No.</p>",
    "repeated in blocks": "<p>Yes, he did.</p><p>One.</p><p>Yes, he did.</p><p>Two.</p>"
    "<p><b class=here>Yes, he did.</b></p><p>Three.</p><p>Yes, he did.</p>",
    "begins alike": "<p>The envoy was recalled. <b class=here>The envoy was recalled on Tuesday by "
    "the ministry.</b> The envoy was recalled.</p>",
    "quotes": '<p><b class=here>“We are not ‘at war’,” she said, and added: "Not yet."</b> So.</p>',
    "dashes": "<p><b class=here>A well-known – some say too well-known — envoy, aged 40-45, left.</b>"
    " So.</p>",
    "begins with a dash": "<p>Asked: why?</p><p><b class=here>– Because he sang, they said -</b></p>",
    "commas and ampersands": "<p><b class=here>Marks & Spencer, 50% cheaper, said: yes, #1 & "
    "only?</b> Two.</p>",
    "emoji": "<p>So. <b class=here>The crew 👩🏽‍🚀 flew 🚀 home 🇩🇪 today.</b> Fine.</p>",
    "Cyrillic": "<p>Он пришёл. <b class=here>Посол был отозван во вторник.</b> Он ушёл.</p>",
    "Chinese": "<p>他来了。<b class=here>大使于周二被召回北京进行磋商。</b>他走了。</p>",
    "Japanese": "<p>彼は来た。<b class=here>大使は火曜日に召還されました。</b>彼は去った。</p>",
    "Thai": "<p>เขามา</p><p><b class=here>เอกอัครราชทูตถูกเรียกตัวกลับเมื่อวันอังคาร</b></p>",
    "Arabic": "<p dir=rtl>جاء. <b class=here>تم استدعاء السفير يوم الثلاثاء.</b> ثم غادر.</p>",
    "Hindi": "<p>वह आया। <b class=here>राजदूत को मंगलवार को वापस बुलाया गया।</b> वह गया।</p>",
    "accents": "<p>Il vint. <b class=here>L’ambassadeur a été rappelé à Zürich.</b> Il partit.</p>",
    "over inline elements": "<p>He came. <b class=here>The </b><a href=#x><b class=here>envoy</b></a>"
    "<b class=here> was <i>recalled</i> on Tuesday.</b> He left.</p>",
    "over many lines": f"<p>He came. <b class=here>The envoy {LONG * 6}was recalled on Tuesday.</b>"
    " He left.</p>",
    "ends as a part of it ends": f"<p>He came. <b class=here>On the day that he was recalled on "
    f"Tuesday, the envoy {LONG * 4}said that he was recalled on Tuesday.</b> He left.</p>",
    "long and begins as another": f"<p>The envoy of the far country {LONG}left. <b class=here>The "
    f"envoy of the far country {LONG * 4}stayed.</b> He left.</p>",
    "repeated between the same words": f"{SAME}<p>One.</p>{SAME}<p>Two. It was said of all of them "
    "in the same words by the same people. <b class=here>He sang.</b></p>",
    "long Russian": "<p>Он пришёл. <b class=here>Посол, который был направлен в столицу весной "
    "прошлого года, был отозван во вторник министерством иностранных дел.</b> Он ушёл.</p>",
    "repeated in Russian": "<p>Он пришёл. Он согласился. Да.</p><p>Она пришла. <b class=here>Он "
    "согласился.</b> Нет.</p>",
    "long Chinese": "<p>他来了。<b class=here>去年春天被派往首都的大使，在与外交部长进行长时间的磋商之后，"
    "于周二被外交部正式召回北京，继续进行磋商。</b>他走了。</p>",
    "repeated in Chinese": "<p>他来了。他同意了。下雨了。</p><p>她来了。<b class=here>他同意了。</b>下雪了。</p>",
    "Persian with joiners": "<p>او آمد. <b class=here>سفیر می‌گوید که نمی‌رود.</b> او رفت.</p>",
    "Korean": "<p>그가 왔다. <b class=here>대사는 화요일에 소환되었다.</b> 그는 떠났다.</p>",
    "Greek in capitals": "<p>Ήρθε. <b class=here>Ο ΠΡΈΣΒΗΣ ΑΝΑΚΛΉΘΗΚΕ ΤΗΝ ΤΡΊΤΗ.</b> Έφυγε.</p>",
    "said without its accents before": "<p>Il a ete rappele. Oui.</p><p>Non. <b class=here>Il a été "
    "rappelé.</b> Fin.</p>",
    "said in capitals before": "<p>HE AGREED. Yes.</p><p>No. <b class=here>He agreed.</b> So.</p>",
    "said in other quotation marks before": '<p>"I\'m here."</p><p>No.</p><p><b class=here>“I’m '
    "here.”</b></p><p>So.</p>",
    "part of a longer word before": "<p>She agreed. Yes.</p><p>No. <b class=here>He agreed.</b></p>",
    "soft hyphens": "<p>He came. <b class=here>The am&shy;bas&shy;sa&shy;dor was re&shy;called.</b>"
    " He left.</p>",
    "before a line break": "<p>He came. <b class=here>The envoy was recalled</b><br>on Tuesday.</p>",
    "over source lines": "<p>He came.\n <b class=here>The envoy\n   was recalled\n on Tuesday.</b></p>",
    "with a plus, a slash and a per cent": "<p>So. <b class=here>It is 100%25 of 5+5/2 = 7.5 \\ "
    "a#b?c=d.</b> Yes.</p>",
    "in a list": "<ul><li>The first thing that was said there.</li><li><b class=here>The envoy was "
    "recalled on Tuesday.</b></li><li>The third thing.</li></ul>",
    "repeated in a list": "<ul><li>One.</li><li>He agreed.</li><li>Two.</li><li><b class=here>He "
    "agreed.</b></li><li>Three.</li></ul>",
    "in a table": "<table><tr><th>Land</th><th>Envoy</th></tr><tr><td>Russia</td><td>He was "
    "recalled.</td></tr><tr><td><b class=here>France</b></td><td><b class=here>He stayed there."
    "</b></td></tr></table>",
    "with a note": "<p>He came. <b class=here>The envoy was recalled<sup>[1]</sup> on Tuesday.</b>"
    " He left.</p>",
    "in a quotation": "<blockquote><p>He came. <b class=here>The envoy was recalled.</b></p>"
    "</blockquote>",
    "a name in capitals": "<p>The US and us. <b class=here>It is up to US.</b> It is up to us.</p>",
    "entities": "<p>He came. <b class=here>Profits of AT&amp;T rose by 5&nbsp;% in&nbsp;May.</b> So.</p>",
}
