"""Discord: commands, mentions and private messages in; cards out.

Read in this order: records, services, ui, interactions, cards, commands, background, client,
supervisor. Each room imports only those before it. A question becomes a card in
commands/answering.py, and the card is made in cards/answer_card.py.
"""
